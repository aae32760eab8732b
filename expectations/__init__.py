"""The gate: suites, conforming, quarantine, the ledger and the auditor's report."""
