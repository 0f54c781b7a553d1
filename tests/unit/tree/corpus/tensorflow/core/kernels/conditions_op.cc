#include "tensorflow/core/framework/op_kernel.h"

#define HERE(n) REGISTER_KERNEL_BUILDER(Name("CorpusCondition").Device(DEVICE_CPU).Label(#n), Condition<n>);

#define X 4
#define A
#if defined(A) && !defined B || X > 3
HERE(1)
#endif
#if defined(A) && (!defined(B) && X > 4)
HERE(2)
#elif X == 4 // the second branch
HERE(3)
#elif this is not looked at any more (
HERE(4)
#else
HERE(5)
#endif /* trailing */ A
#ifdef A /* with a comment */
HERE(6)
#else // never
HERE(7)
#endif
#ifndef   A
HERE(8)
#  if 1
HERE(9)
#  else
HERE(10)
#  endif
#  error "not reached, and don't mind the quote
It's dead text with an "open string and 'a quote
HERE(11)
#else
HERE(12)
#endif

#if UNKNOWN
HERE(13)
#elif !UNKNOWN && UNKNOWN == 0
HERE(14)
#endif
#if 0 && (1 / 0)
HERE(15)
#elif 1 || 1 / 0
HERE(16)
#endif
#if X == 0x4 && X == 04 && X == 0b100 && X == 4UL && 1'000 == 1000 && 'A' == 65
HERE(17)
#endif
#if -1 > 0u
HERE(18)
#endif
#if (X > 3 ? X - 4 : 1) || ~0 == -1 && 7 / 2 == 3 && 7 % 4 == 3 && 1 << 3 == 8
HERE(19)
#endif
#define AT_LEAST(n) (X >= n)
#define IS_DEFINED_A defined(A)
#if AT_LEAST(4) && !AT_LEAST(5) && IS_DEFINED_A
HERE(20)
#endif
#if true && !false
HERE(21)
#endif
#if defined(__cplusplus) && __cplusplus >= 201103L
HERE(22)
#endif
#if __has_include("tensorflow/core/framework/op.h") && !__has_include("tensorflow/no/such/header.h")
HERE(23)
#endif
#if \
    defined(A) \
    && 1
HERE(24)
#endif
#if 1 //\
HERE(25)
HERE(26)
#endif
  #  /* before the name */ if /* after it */ 1
HERE(27)
  # endif
#
#if not defined(A) or X bitand 4
HERE(28)
#endif

#ifdef IS_MOBILE_PLATFORM
HERE(30)
#endif
#if defined(IS_MOBILE_PLATFORM) && !defined(SUPPORT_SELECTIVE_REGISTRATION)
HERE(31)
#elif IS_MOBILE_PLATFORM
HERE(32)
#else
HERE(33)
#endif
#if !GOOGLE_CUDA && !TENSORFLOW_USE_ROCM && !defined(INTEL_MKL)
HERE(34)
#endif

/* A comment that hides a directive
#if 1
*/
HERE(35)
#if 0
/* and one that hides the end of a dead branch
#endif
HERE(36)
*/
HERE(37)
#endif
HERE(38)
