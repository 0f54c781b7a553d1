#pragma once

#if defined(__ANDROID__) && !defined(IS_MOBILE_PLATFORM)
#define IS_MOBILE_PLATFORM
#endif
