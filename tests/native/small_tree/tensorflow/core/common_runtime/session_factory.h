#ifndef TENSORFLOW_CORE_COMMON_RUNTIME_SESSION_FACTORY_H_
#define TENSORFLOW_CORE_COMMON_RUNTIME_SESSION_FACTORY_H_

#include <string>

#include "tensorflow/core/public/session.h"

namespace tensorflow {

// Makes sessions of one kind. Which kinds there are is known at start-up.
class SessionFactory {
 public:
  virtual ~SessionFactory() = default;
  virtual bool AcceptsOptions(const SessionOptions& options) = 0;
  virtual Status NewSession(const SessionOptions& options, Session** out_session) = 0;

  static void Register(const std::string& runtime_type, SessionFactory* factory);
  static Status GetFactory(const SessionOptions& options, SessionFactory** out_factory);
};

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_COMMON_RUNTIME_SESSION_FACTORY_H_
