#ifndef TENSORFLOW_CORE_FRAMEWORK_OP_H_
#define TENSORFLOW_CORE_FRAMEWORK_OP_H_

#include "tensorflow/core/framework/registration/registration.h"
#include "tensorflow/core/framework/types.h"

#define REGISTER_OP_IMPL(id, name, is_system_op)                        \
  static ::tensorflow::OpAdder const registered_op_##id =               \
      ::tensorflow::OpAdderIf<is_system_op || SHOULD_REGISTER_OP(name)> \
      {} << ::tensorflow::OpDefinitionBuilder(name)

#define REGISTER_OP(name) TF_NEW_ID_FOR_INIT(REGISTER_OP_IMPL, name, false)
#define REGISTER_SYSTEM_OP(name) TF_NEW_ID_FOR_INIT(REGISTER_OP_IMPL, name, true)

#endif  // TENSORFLOW_CORE_FRAMEWORK_OP_H_
