#include "tensorflow/core/common_runtime/session_factory.h"

#include <map>

#include "tensorflow/core/platform/errors.h"

namespace tensorflow {
namespace {

std::map<std::string, SessionFactory*>* Factories() {
  static auto* factories = new std::map<std::string, SessionFactory*>;
  return factories;
}

}  // namespace

void SessionFactory::Register(const std::string& runtime_type, SessionFactory* factory) {
  (*Factories())[runtime_type] = factory;
}

Status SessionFactory::GetFactory(const SessionOptions& options, SessionFactory** out_factory) {
  for (const auto& factory : *Factories()) {
    if (factory.second->AcceptsOptions(options)) {
      *out_factory = factory.second;
      return OkStatus();
    }
  }
  return errors::NotFound("No session factory registered for the given session options: {target: \"", options.target,
                          "\"} Registered factories are {", Factories()->empty() ? "" : "...", "}.");
}

}  // namespace tensorflow
