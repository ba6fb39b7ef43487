"""`report.html`: one file for a browser, without anything from elsewhere."""
