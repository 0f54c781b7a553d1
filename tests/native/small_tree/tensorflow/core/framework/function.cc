#include "tensorflow/core/framework/function.h"

#include <map>

#include "tensorflow/core/platform/errors.h"

namespace tensorflow {
namespace gradient {
namespace {

std::map<std::string, Creator>* Creators() {
  static auto* creators = new std::map<std::string, Creator>;
  return creators;
}

}  // namespace

bool RegisterOp(const std::string& op, Creator creator) { return Creators()->emplace(op, creator).second; }

Status GetOpGradientCreator(const std::string& op, Creator* creator) {
  const auto found = Creators()->find(op);
  if (found == Creators()->end()) return errors::NotFound("No gradient defined for op: ", op);
  *creator = found->second;
  return OkStatus();
}

}  // namespace gradient
}  // namespace tensorflow
