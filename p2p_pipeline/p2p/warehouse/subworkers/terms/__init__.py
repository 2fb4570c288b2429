"""What the free text of offers says: third parties, receipts, identification, hours, language.

Here: the rules (classes.yaml), reading one text with them, the subworker that reads each text once.
Not here: bank names in remarks, which choose offers (offers/remark_banks.py).
"""
