"""Texts and documents for whoever reads a run or a comparison; runs nothing, judges nothing.

In: events of a run, finished cells, records of a journal, comparisons. Out: styled lines, JSON,
Markdown, JUnit XML. Called by `cli` and `pytest_plugin`, and by no other unit.
"""
