"""The repositories that TensorFlow's configure step makes for CUDA, ROCm, TensorRT, SYCL...: as they are with none of them.

Names and signatures: third_party/gpus/cuda/build_defs.bzl.tpl, gpus/rocm/build_defs.bzl.tpl, sycl/sycl/build_defs.bzl.tpl,
tensorrt/build_defs.bzl.tpl and systemlibs/build_defs.bzl.tpl of TensorFlow 1.8 to 2.21 (since 2.15 in third_party/xla).
"""

def _off(if_true = [], if_false = [], no_cuda = []):
    return if_false or no_cuda

def _off_for(which, if_true = [], if_false = []):
    return if_false

def _false():
    return False

def _none(*arguments, **more):
    return []

if_ccpp = _off
if_cuda = _off
if_cuda_clang = _off
if_cuda_clang_opt = _off
if_cuda_exec = _off
if_cuda_is_configured = _off
if_cuda_or_rocm = _off
if_gpu_is_configured = _off
if_rocm = _off
if_rocm_is_configured = _off
if_sycl = _off
if_sycl_build_is_configured = _off
if_sycl_is_configured = _off
if_tensorrt = _off
if_tensorrt_exec = _off
if_rocm_hipblaslt = _off
if_any_system_libs = _off
if_cuda_newer_than = _off_for
if_system_lib = _off_for
cuda_is_configured = _false
is_cuda_configured = _false
is_rocm_configured = _false
rocm_hipblaslt = _false
rocm_is_configured = _false
sycl_build_is_configured = _false
cuda_default_copts = _none
cuda_gpu_architectures = _none
cuda_rpath_flags = _none
rocm_copts = _none
rocm_default_copts = _none
rocm_gpu_architectures = _none
sycl_default_copts = _none

def rocm_version_number():
    return 0

def if_not_system_lib(lib, a, b = []):
    return a

def cuda_compiler(if_cuda_clang, if_nvcc, neither = []):
    return neither

def cuda_library(copts = [], **attributes):
    native.cc_library(copts = copts, **attributes)

def cuda_header_library(name, hdrs, include_prefix = None, strip_include_prefix = None, deps = [], **attributes):
    native.cc_library(name = name, hdrs = hdrs, deps = deps, **attributes)

cuda_rdc_library = cuda_library
rocm_library = cuda_library
sycl_library = cuda_library

def cuda_cc_test(copts = [], **attributes):
    native.cc_test(copts = copts, **attributes)
