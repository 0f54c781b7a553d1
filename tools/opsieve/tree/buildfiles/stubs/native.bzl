"""Repositories of rules that Bazel once had built in (rules_cc, rules_python, rules_java...): all that is loaded is native."""
