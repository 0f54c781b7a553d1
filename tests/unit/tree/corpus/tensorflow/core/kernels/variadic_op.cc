#include "tensorflow/core/framework/op_kernel.h"

#define REGISTER_VARIADIC(T, ...) \
  REGISTER_KERNEL_BUILDER(Name("CorpusVariadic").Device(DEVICE_CPU).TypeConstraint<T>("T"), V<T, __VA_ARGS__>);
REGISTER_VARIADIC(float, 1)
REGISTER_VARIADIC(double, 1, 2, 3)
REGISTER_VARIADIC(int32, (1, 2), F<3, 4>)

// Empty arguments are arguments.
#define SECOND(a, b, c) Second<b>
#define NONE() None
#define ONE(a) One<a>
REGISTER_KERNEL_BUILDER(Name("CorpusEmpty").Device(DEVICE_CPU).Label("1"), SECOND(, two, ));
REGISTER_KERNEL_BUILDER(Name("CorpusEmpty").Device(DEVICE_CPU).Label("2"), SECOND(, , ));
REGISTER_KERNEL_BUILDER(Name("CorpusEmpty").Device(DEVICE_CPU).Label("3"), NONE());
REGISTER_KERNEL_BUILDER(Name("CorpusEmpty").Device(DEVICE_CPU).Label("4"), NONE(  ));
REGISTER_KERNEL_BUILDER(Name("CorpusEmpty").Device(DEVICE_CPU).Label("5"), ONE());

// The GNU comma, which goes away with the arguments it precedes, and a named rest.
#define GNU_REST(first, ...) Rest<first, ##__VA_ARGS__>
#define NAMED_REST(first, rest...) Named<first, rest>
#define TEXT_OF(...) #__VA_ARGS__
REGISTER_KERNEL_BUILDER(Name("CorpusRest").Device(DEVICE_CPU).Label("1"), GNU_REST(a));
REGISTER_KERNEL_BUILDER(Name("CorpusRest").Device(DEVICE_CPU).Label("2"), GNU_REST(a, b, c));
REGISTER_KERNEL_BUILDER(Name("CorpusRest").Device(DEVICE_CPU).Label("3"), NAMED_REST(a, b, c));
REGISTER_KERNEL_BUILDER(Name("CorpusRest").Device(DEVICE_CPU).Label(TEXT_OF(a,  b)), RestOp);
REGISTER_KERNEL_BUILDER(Name("CorpusRest").Device(DEVICE_CPU).Label("empty" TEXT_OF()), RestOp);
