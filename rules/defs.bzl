"""The public Bazel API of opsieve."""

load("//rules/private:kernel_index.bzl", _kernel_index = "kernel_index")
load("//rules/private:model_coverage_test.bzl", _model_coverage_test = "model_coverage_test")
load("//rules/private:portable_tensorflow_info.bzl", _PortableRuntimeInfo = "PortableRuntimeInfo")
load(
    "//rules/private:providers.bzl",
    _KernelIndexInfo = "KernelIndexInfo",
    _SelectiveOpsInfo = "SelectiveOpsInfo",
    _SelectiveSourcesInfo = "SelectiveSourcesInfo",
    _SizeReportInfo = "SizeReportInfo",
)
load("//rules/private:selective_library.bzl", _selective_library = "selective_library")
load("//rules/private:selective_library_multi.bzl", _selective_multi_library = "selective_multi_library")
load("//rules/private:selective_ops.bzl", _selective_ops = "selective_ops")
load("//rules/private:selective_sources.bzl", _selective_sources = "selective_sources")
load("//rules/private:selective_tensorflow_library.bzl", _selective_tensorflow_library = "selective_tensorflow_library")
load("//rules/private:size_budget_test.bzl", _size_budget_test = "size_budget_test")
load("//rules/private:size_report.bzl", _size_report = "size_report")
load("//rules/private:whole_archive.bzl", _whole_archive = "whole_archive")

kernel_index = _kernel_index
selective_ops = _selective_ops
selective_sources = _selective_sources
selective_library = _selective_library
selective_multi_library = _selective_multi_library
selective_tensorflow_library = _selective_tensorflow_library
whole_archive = _whole_archive
size_report = _size_report
size_budget_test = _size_budget_test
model_coverage_test = _model_coverage_test

KernelIndexInfo = _KernelIndexInfo
PortableRuntimeInfo = _PortableRuntimeInfo
SelectiveOpsInfo = _SelectiveOpsInfo
SelectiveSourcesInfo = _SelectiveSourcesInfo
SizeReportInfo = _SizeReportInfo
