#ifndef TENSORFLOW_CORE_FRAMEWORK_REGISTRATION_REGISTRATION_H_
#define TENSORFLOW_CORE_FRAMEWORK_REGISTRATION_REGISTRATION_H_

// Whether an op or a kernel is registered is decided when its file is compiled: ops_to_register.h says which are
// selected, and where one is not, its registration is code that no compiler keeps.

#include <type_traits>
#include <utility>

#include "tensorflow/core/framework/registration/options.h"

#if TF_OPTION_REGISTRATION_V2()
#error "This tree registers when a file is compiled, not when a program is linked."
#endif

#ifdef SELECTIVE_REGISTRATION
#include "ops_to_register.h"
#if !defined(SHOULD_REGISTER_OP) || !defined(SHOULD_REGISTER_OP_KERNEL) || !defined(SHOULD_REGISTER_OP_GRADIENT)
static_assert(false, "ops_to_register.h defines SHOULD_REGISTER_OP, ..._OP_KERNEL and ..._OP_GRADIENT");
#endif
#else
#define SHOULD_REGISTER_OP(op) true
#define SHOULD_REGISTER_OP_KERNEL(clz) true
#define SHOULD_REGISTER_OP_GRADIENT true
#endif

namespace tensorflow {

// What a registration leaves behind: STARTUP_IF(selected) << registration calls registration() where it is selected,
// and is a constant where it is not, so that no compiler keeps the right side.
struct InitOnStartupMarker {
  template <typename Registration>
  InitOnStartupMarker operator<<(Registration&& registration) const {
    std::forward<Registration>(registration)();
    return *this;
  }
};

#define STARTUP_IF(selected) \
  !std::bool_constant<(selected)>::value ? ::tensorflow::InitOnStartupMarker{} : ::tensorflow::InitOnStartupMarker {}

// m(a number that is new in this file, ...)
#define WITH_NEW_ID(m, ...) WITH_NEW_ID_GIVEN(m, __COUNTER__, __VA_ARGS__)
#define WITH_NEW_ID_GIVEN(m, id, ...) CALL_WITH_ID(m, id, __VA_ARGS__)
#define CALL_WITH_ID(m, id, ...) m(id, __VA_ARGS__)

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_FRAMEWORK_REGISTRATION_REGISTRATION_H_
