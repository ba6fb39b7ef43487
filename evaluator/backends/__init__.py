"""Who answers the judge's questions."""
