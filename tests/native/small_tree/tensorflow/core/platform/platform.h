#ifndef TENSORFLOW_CORE_PLATFORM_PLATFORM_H_
#define TENSORFLOW_CORE_PLATFORM_PLATFORM_H_

#if !defined(IS_MOBILE_PLATFORM)
#if defined(__ANDROID__)
#define IS_MOBILE_PLATFORM
#elif defined(__APPLE__)
#include <TargetConditionals.h>
#if TARGET_OS_IPHONE
#define IS_MOBILE_PLATFORM
#endif
#endif
#endif

#endif  // TENSORFLOW_CORE_PLATFORM_PLATFORM_H_
