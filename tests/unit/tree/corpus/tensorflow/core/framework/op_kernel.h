#ifndef TENSORFLOW_CORE_FRAMEWORK_OP_KERNEL_H_
#define TENSORFLOW_CORE_FRAMEWORK_OP_KERNEL_H_

#include <memory>

#include "tensorflow/core/framework/registration/registration.h"
#include "tensorflow/core/framework/types.h"

// Takes the op's name out of Name("Op").Device(...), so that it can be asked for at compile time.
#define TF_EXTRACT_KERNEL_NAME_Name(op) op, ::tensorflow::register_kernel::Name(op)
#define TF_EXTRACT_KERNEL_NAME_IMPL(m, ...) m(__VA_ARGS__)
#define TF_EXTRACT_KERNEL_NAME(m, kernel_builder, ...) \
  TF_EXTRACT_KERNEL_NAME_IMPL(m, TF_EXTRACT_KERNEL_NAME_##kernel_builder, __VA_ARGS__)

#define REGISTER_KERNEL_BUILDER_IMPL_3(id, op, builder, is_system_kernel, ...)           \
  static bool const registered_kernel_##id =                                             \
      (is_system_kernel || (SHOULD_REGISTER_OP_KERNEL(#__VA_ARGS__) &&                   \
                            SHOULD_REGISTER_OP(op))) &&                                  \
      ::tensorflow::AddKernel(builder.Build(), #__VA_ARGS__,                             \
                              [](auto* construction) { return new __VA_ARGS__(construction); });

#define REGISTER_KERNEL_BUILDER_IMPL_2(op, builder, is_system_kernel, ...) \
  TF_NEW_ID_FOR_INIT(REGISTER_KERNEL_BUILDER_IMPL_3, op, builder, is_system_kernel, __VA_ARGS__)

#define REGISTER_KERNEL_BUILDER_IMPL(kernel_builder, is_system_kernel, ...) \
  TF_EXTRACT_KERNEL_NAME(REGISTER_KERNEL_BUILDER_IMPL_2, kernel_builder, is_system_kernel, __VA_ARGS__)

#define REGISTER_KERNEL_BUILDER(kernel_builder, ...) REGISTER_KERNEL_BUILDER_IMPL(kernel_builder, false, __VA_ARGS__)

#define REGISTER_SYSTEM_KERNEL_BUILDER(kernel_builder, ...) \
  REGISTER_KERNEL_BUILDER_IMPL(kernel_builder, true, __VA_ARGS__)

#endif  // TENSORFLOW_CORE_FRAMEWORK_OP_KERNEL_H_
