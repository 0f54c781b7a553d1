#ifndef TENSORFLOW_CORE_KERNELS_MATMUL_FUNCTOR_VECTORS_H_
#define TENSORFLOW_CORE_KERNELS_MATMUL_FUNCTOR_VECTORS_H_

// No output is an input of the loop.
#ifdef __clang__
#define MATMUL_VECTORS
#else
#define MATMUL_VECTORS _Pragma("GCC ivdep")
#endif

#endif  // TENSORFLOW_CORE_KERNELS_MATMUL_FUNCTOR_VECTORS_H_
