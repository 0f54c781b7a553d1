// Macros of the shape that TensorFlow's registrations have, with as little behind them as that takes, so that many
// builds of them are quick. Where there is no standard library, as for an Apple system on another, there are stand-ins.
#pragma once

#include "ops_to_register.h"

#if __has_include(<string>) && !defined(FREESTANDING)
#include <string>
#include <string_view>
using Text = std::string;
using View = std::string_view;
#else
struct Text {
  Text(const char* text);
};
struct View {
  constexpr View(const char* text) : data(text), size(__builtin_strlen(text)) {}
  const char* data;
  unsigned long size;
};
#endif

namespace tensorflow {

template <bool condition>
struct Constant {
  static constexpr bool value = condition;
};

struct InitOnStartupMarker {
  constexpr InitOnStartupMarker operator<<(InitOnStartupMarker) const { return *this; }
  template <typename T>
  constexpr InitOnStartupMarker operator<<(T&& function) const {
    return static_cast<T&&>(function)();
  }
};

struct KernelDef;
struct OpKernelConstruction;

struct OpKernel {
  virtual void Compute(int* value) = 0;
};

extern const char* const DEVICE_CPU;

class KernelDefBuilder {
 public:
  explicit KernelDefBuilder(const char* op);
  ~KernelDefBuilder();
  KernelDefBuilder& Device(const char* device);
  KernelDefBuilder& HostMemory(const char* argument);
  KernelDefBuilder& TypeConstraint(const char* attr, int type);
  template <typename T>
  KernelDefBuilder& TypeConstraint(const char* attr) {
    return TypeConstraint(attr, sizeof(T));
  }
  const KernelDef* Build();

 private:
  KernelDef* kernel_def_;
};

namespace register_kernel {
class Name : public KernelDefBuilder {
 public:
  explicit Name(const char* op);
};
}  // namespace register_kernel

namespace kernel_factory {
class OpKernelRegistrar {
 public:
  __attribute__((noinline)) OpKernelRegistrar(const KernelDef* kernel_def, View kernel_class,
                                              OpKernel* (*create)(OpKernelConstruction*)) {
    InitInternal(kernel_def, kernel_class, create);
  }
  InitOnStartupMarker operator()() const { return InitOnStartupMarker{}; }

 private:
  void InitInternal(const KernelDef* kernel_def, View kernel_class, OpKernel* (*create)(OpKernelConstruction*));
};
}  // namespace kernel_factory

class OpDefBuilder {
 public:
  explicit OpDefBuilder(Text name);
  void Attr(Text spec);
  void Input(Text spec);
  void Output(Text spec);
  Text name;
};

namespace register_op {
class OpDefBuilderWrapper {
 public:
  explicit OpDefBuilderWrapper(const char name[]) : builder_(name) {}
  OpDefBuilderWrapper& Attr(Text spec) {
    builder_.Attr(static_cast<Text&&>(spec));
    return *this;
  }
  OpDefBuilderWrapper& Input(Text spec) {
    builder_.Input(static_cast<Text&&>(spec));
    return *this;
  }
  OpDefBuilderWrapper& Output(Text spec) {
    builder_.Output(static_cast<Text&&>(spec));
    return *this;
  }
  InitOnStartupMarker operator()();

 private:
  OpDefBuilder builder_;
};
}  // namespace register_op

// An optimizer that knows ops by their names, as grappler does, and a registry of something else at start-up.
void KnowsOp(const char* op);
struct OtherRegistry {
  OtherRegistry(const char* op, int (*function)());
};

#define INIT_ON_STARTUP_IF(condition)                            \
  (::tensorflow::Constant<!(condition)>::value)                  \
      ? ::tensorflow::InitOnStartupMarker{} : ::tensorflow::InitOnStartupMarker {}

#define NEW_ID_2(macro, id, ...) macro(id, __VA_ARGS__)
#define NEW_ID_1(macro, id, ...) NEW_ID_2(macro, id, __VA_ARGS__)
#define NEW_ID(macro, ...) NEW_ID_1(macro, __COUNTER__, __VA_ARGS__)

#define OP_AND_BUILDER_Name(op) op, ::tensorflow::register_kernel::Name(op)
#ifdef ONE_CALL
// As up to TensorFlow 2.2: the op's name and the class's text are arguments of one call, in whatever order.
#define REGISTER_KERNEL_3(id, op, builder, ...)                                                         \
  static ::tensorflow::InitOnStartupMarker const register_kernel_##id __attribute__((unused)) =         \
      INIT_ON_STARTUP_IF(SHOULD_REGISTER_OP_KERNEL(#__VA_ARGS__) && SHOULD_REGISTER_OP(op))             \
      << ::tensorflow::kernel_factory::OpKernelRegistrar(                                               \
             builder.Build(), #__VA_ARGS__,                                                             \
             [](::tensorflow::OpKernelConstruction*) -> ::tensorflow::OpKernel* { return new __VA_ARGS__(); });
#else
#define REGISTER_KERNEL_3(id, op, builder, ...)                                                              \
  static ::tensorflow::InitOnStartupMarker const register_kernel_##id __attribute__((unused)) =              \
      INIT_ON_STARTUP_IF(SHOULD_REGISTER_OP_KERNEL(#__VA_ARGS__) && SHOULD_REGISTER_OP(op))                  \
      << ([](::tensorflow::KernelDef const* kernel_def) {                                                    \
           ::tensorflow::kernel_factory::OpKernelRegistrar registrar(                                        \
               kernel_def, #__VA_ARGS__, [](::tensorflow::OpKernelConstruction*) -> ::tensorflow::OpKernel* { \
                 return new __VA_ARGS__();                                                                   \
               });                                                                                           \
           (void)registrar;                                                                                  \
           return ::tensorflow::InitOnStartupMarker{};                                                       \
         })(builder.Build());
#endif
#define REGISTER_KERNEL_2(op, builder, ...) NEW_ID(REGISTER_KERNEL_3, op, builder, __VA_ARGS__)
#define REGISTER_KERNEL_1(macro, ...) macro(__VA_ARGS__)
#define REGISTER_KERNEL_BUILDER(builder, ...) REGISTER_KERNEL_1(REGISTER_KERNEL_2, OP_AND_BUILDER_##builder, __VA_ARGS__)

#define REGISTER_OP_2(id, op)                                                                \
  static ::tensorflow::InitOnStartupMarker const register_op_##id __attribute__((unused)) = \
      INIT_ON_STARTUP_IF(SHOULD_REGISTER_OP(op)) << ::tensorflow::register_op::OpDefBuilderWrapper(op)
#define REGISTER_OP(op) NEW_ID(REGISTER_OP_2, op)

}  // namespace tensorflow
