#include "tensorflow/core/framework/op_kernel.h"

// Macros that are handed macros.
#define FOR_TYPES(m) m(float) m(int32)
#define FOR_TYPES_AND(m, more) m(float, more) m(double, more)
#define REGISTER_A(T) REGISTER_KERNEL_BUILDER(Name("CorpusA").Device(DEVICE_CPU).TypeConstraint<T>("T"), A<T>);
#define REGISTER_B(T, U)                                                                                \
  REGISTER_KERNEL_BUILDER(                                                                              \
      Name("CorpusB").Device(DEVICE_CPU).TypeConstraint<T>("T").TypeConstraint<U>("U"), B<T, U>);
FOR_TYPES(REGISTER_A)
FOR_TYPES_AND(REGISTER_B, int32)
#define APPLY(m, ...) m(__VA_ARGS__)
APPLY(APPLY, REGISTER_B, half, int8)
APPLY(FOR_TYPES_AND, REGISTER_B, uint8)

// A name that only becomes a call with what follows it.
#define ALIAS REGISTER_A
ALIAS(int64_t)
ALIAS (uint8);
#define NOTHING
#define DELAYED REGISTER_A NOTHING
DELAYED (int16)
#define PICK(n) PICKED_##n
#define PICKED_1 REGISTER_A
PICK(1)(int8)

// A function-like macro's name without parentheses is an ordinary name.
#define Wrapped(T) Wrapped_must_not_show<T>
REGISTER_KERNEL_BUILDER(Name("CorpusBare").Device(DEVICE_CPU), Bare<Wrapped>);

// Painted blue: a macro does not expand inside itself, nor inside what its own expansion handed on.
#define Self(T) Outer<Self(T)>
#define Ping(T) Pong(T)
#define Pong(T) Ring<Ping(T)>
#define Loop Loop
REGISTER_KERNEL_BUILDER(Name("CorpusSelf").Device(DEVICE_CPU), Self(float));
REGISTER_KERNEL_BUILDER(Name("CorpusSelf").Device(DEVICE_CPU).Label("nested"), Self(Self(float)));
REGISTER_KERNEL_BUILDER(Name("CorpusPing").Device(DEVICE_CPU), Ping(int));
REGISTER_KERNEL_BUILDER(Name("CorpusLoop").Device(DEVICE_CPU), Loop);

// Arguments are expanded before they are put in; parentheses and commas in them are not looked at again.
#define TWO first, second
#define COUNT(a) One<a>
#define PAIR(a, b) Pair<b, a>
#define CALL(m, args) m args
REGISTER_KERNEL_BUILDER(Name("CorpusCount").Device(DEVICE_CPU), COUNT(TWO));
REGISTER_KERNEL_BUILDER(Name("CorpusPair").Device(DEVICE_CPU), CALL(PAIR, (x, y)));
REGISTER_KERNEL_BUILDER(Name("CorpusPair").Device(DEVICE_CPU).Label("late"), APPLY(PAIR, TWO));
