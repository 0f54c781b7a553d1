"""The size of a library before it is built, from sizes of kernels that were measured in others."""
