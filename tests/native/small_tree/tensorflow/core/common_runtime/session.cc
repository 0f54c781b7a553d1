#include "tensorflow/core/public/session.h"

#include <cstdio>

#include "tensorflow/core/common_runtime/session_factory.h"

namespace tensorflow {

Status NewSession(const SessionOptions& options, Session** out_session) {
  *out_session = nullptr;
  SessionFactory* factory;
  TF_RETURN_IF_ERROR(SessionFactory::GetFactory(options, &factory));
  return factory->NewSession(options, out_session);
}

Session* NewSession(const SessionOptions& options) {
  Session* session;
  const Status status = NewSession(options, &session);
  if (!status.ok()) std::fprintf(stderr, "Failed to create session: %s\n", status.ToString().c_str());
  return session;
}

}  // namespace tensorflow
