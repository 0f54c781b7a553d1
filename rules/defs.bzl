"""The public Bazel API of opsieve."""

load("//rules/private:opsieve_files.bzl", _opsieve_files = "opsieve_files")
load("//rules/private:providers.bzl", _OpsieveFilesInfo = "OpsieveFilesInfo")

opsieve_files = _opsieve_files
OpsieveFilesInfo = _OpsieveFilesInfo
