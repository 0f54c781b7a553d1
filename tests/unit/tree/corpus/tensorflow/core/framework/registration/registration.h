#ifndef TENSORFLOW_CORE_FRAMEWORK_REGISTRATION_REGISTRATION_H_
#define TENSORFLOW_CORE_FRAMEWORK_REGISTRATION_REGISTRATION_H_

#include <type_traits>

#ifdef SELECTIVE_REGISTRATION
#include "ops_to_register.h"
#else
#define SHOULD_REGISTER_OP(op) true
#define SHOULD_REGISTER_OP_GRADIENT true
#define SHOULD_REGISTER_OP_KERNEL(clz) true
#endif

// Hands a fresh number to `m` as its first argument.
#define TF_NEW_ID_FOR_INIT_2(m, id, ...) m(id, __VA_ARGS__)
#define TF_NEW_ID_FOR_INIT_1(m, id, ...) TF_NEW_ID_FOR_INIT_2(m, id, __VA_ARGS__)
#define TF_NEW_ID_FOR_INIT(m, ...) TF_NEW_ID_FOR_INIT_1(m, __COUNTER__, __VA_ARGS__)

#endif  // TENSORFLOW_CORE_FRAMEWORK_REGISTRATION_REGISTRATION_H_
