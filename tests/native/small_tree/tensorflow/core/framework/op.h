#ifndef TENSORFLOW_CORE_FRAMEWORK_OP_H_
#define TENSORFLOW_CORE_FRAMEWORK_OP_H_

#include <map>
#include <string>
#include <utility>

#include "tensorflow/core/framework/op_def_builder.h"
#include "tensorflow/core/framework/registration/registration.h"
#include "tensorflow/core/platform/macros.h"
#include "tensorflow/core/platform/status.h"

namespace tensorflow {

// The definitions of ops that are in this program.
class OpRegistry {
 public:
  static OpRegistry* Global();

  void Register(const OpDefBuilder& builder);
  Status LookUp(const std::string& op_type_name, const OpDef** op_def) const;

 private:
  std::map<std::string, OpDef> registry_;
};

namespace register_op {

// What REGISTER_OP(name) is: it collects what is said of the op, and registers when it is called.
class OpDefBuilderWrapper {
 public:
  explicit OpDefBuilderWrapper(const char name[]) : builder_(name) {}
  OpDefBuilderWrapper& Attr(const char* spec) TF_ATTRIBUTE_NOINLINE {
    builder_.Attr(spec);
    return *this;
  }
  OpDefBuilderWrapper& Attr(std::string spec) {
    builder_.Attr(std::move(spec));
    return *this;
  }
  OpDefBuilderWrapper& Input(const char* spec) TF_ATTRIBUTE_NOINLINE {
    builder_.Input(spec);
    return *this;
  }
  OpDefBuilderWrapper& Output(const char* spec) TF_ATTRIBUTE_NOINLINE {
    builder_.Output(spec);
    return *this;
  }
  OpDefBuilderWrapper& SetIsStateful() {
    builder_.SetIsStateful();
    return *this;
  }
  OpDefBuilderWrapper& SetShapeFn(OpShapeInferenceFn fn) {
    builder_.SetShapeFn(fn);
    return *this;
  }
  OpDefBuilderWrapper& Doc(const char* text) {
    builder_.Doc(text);
    return *this;
  }

  void operator()() const;

 private:
  OpDefBuilder builder_;
};

}  // namespace register_op

#define REGISTER_OP(name) WITH_NEW_ID(REGISTER_OP_AT_STARTUP, SHOULD_REGISTER_OP(name), name)

// Registered whatever is selected.
#define REGISTER_SYSTEM_OP(name) WITH_NEW_ID(REGISTER_OP_AT_STARTUP, true, name)

#define REGISTER_OP_AT_STARTUP(id, selected, name)                                        \
  static const ::tensorflow::InitOnStartupMarker registered_op_##id TF_ATTRIBUTE_UNUSED = \
      STARTUP_IF(selected) << ::tensorflow::register_op::OpDefBuilderWrapper(name)

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_FRAMEWORK_OP_H_
