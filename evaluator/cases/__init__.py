"""Cases and where they come from."""

from evaluator.cases.case import Case, Cases, CaseSource, changed
from evaluator.cases.file import FileCases
from evaluator.cases.folder import FolderCases
from evaluator.cases.hub import HubCases
from evaluator.cases.newsgroups import NEWSGROUPS_GLOSSARY, NewsgroupsCases
from evaluator.cases.sample import CasesAt, FirstCases, stratified_sample

__all__ = [
    "NEWSGROUPS_GLOSSARY",
    "Case",
    "CaseSource",
    "Cases",
    "CasesAt",
    "FileCases",
    "FirstCases",
    "FolderCases",
    "HubCases",
    "NewsgroupsCases",
    "changed",
    "stratified_sample",
]
