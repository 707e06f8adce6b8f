"""The LMD benchmark and harder suites: prompts, rules, runs that can be resumed, tables and figures."""
