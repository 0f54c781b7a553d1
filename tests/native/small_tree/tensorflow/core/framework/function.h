#ifndef TENSORFLOW_CORE_FRAMEWORK_FUNCTION_H_
#define TENSORFLOW_CORE_FRAMEWORK_FUNCTION_H_

#include <string>

#include "tensorflow/core/framework/registration/registration.h"
#include "tensorflow/core/platform/macros.h"
#include "tensorflow/core/platform/status.h"

namespace tensorflow {

class FunctionLibraryDefinition {
 public:
  // The ops that bring what is fed into a graph, and out what is fetched.
  static constexpr const char* const kArgOp = "_Arg";
  static constexpr const char* const kRetOp = "_Retval";
};

#define REGISTER_OP_GRADIENT(name, fn) WITH_NEW_ID(REGISTER_GRADIENT_AT_STARTUP, name, fn)
#define REGISTER_OP_NO_GRADIENT(name) WITH_NEW_ID(REGISTER_GRADIENT_AT_STARTUP, name, nullptr)
#define REGISTER_GRADIENT_AT_STARTUP(id, name, fn)                 \
  static const bool registered_gradient_##id TF_ATTRIBUTE_UNUSED = \
      SHOULD_REGISTER_OP_GRADIENT && ::tensorflow::gradient::RegisterOp(name, fn)

namespace gradient {

// Writes the name of the op that computes the gradient.
typedef Status (*Creator)(std::string* gradient_op);
bool RegisterOp(const std::string& op, Creator creator);
Status GetOpGradientCreator(const std::string& op, Creator* creator);

}  // namespace gradient
}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_FRAMEWORK_FUNCTION_H_
