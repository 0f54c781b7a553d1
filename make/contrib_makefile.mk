# TensorFlow 1.x: the library that tensorflow/contrib/makefile/Makefile builds, with the kernels of your models alone.
# Neither that makefile nor anything else in the source tree is changed or written to.
#
#   OPSIEVE_MODELS     := app/model.pb
#   OPSIEVE_TENSORFLOW := ../tensorflow-1.8      source tree, after its download_dependencies.sh and compile_*.sh
#   OPSIEVE_TARGET     := android-arm64
#   include contrib_makefile.mk
#   app: main.o $(OPSIEVE_CONTRIB_LIBRARY)
#
# includes opsieve.mk, which has to be in the same folder, as has contrib_overrides.mk. All that opsieve.mk tells of the
# selection holds; the library is another one: OPSIEVE_CONTRIB_LIBRARY, built when something depends on it. For Android
# set NDK_ROOT, as TensorFlow's makefile wants it.
#
# May be set before the include as well, with what they are otherwise:
#   OPSIEVE_TARGET             [linux-x86_64]  that, linux-armv7, linux-aarch64, android-arm64, android-armv7,
#                                              android-x86_64, ios-arm64, ios-simulator-x86_64 or macos
#   OPSIEVE_CONTRIB_OPTFLAGS   [-Os ...]       how to optimise, and for which processor
#   OPSIEVE_CONTRIB_FLAGS      [none]          variables of TensorFlow's makefile: HOST_NSYNC_LIB=... TARGET_NSYNC_LIB=...
#
# No path may have a space in it, the folder that make runs in included.

OPSIEVE_TARGET ?= linux-x86_64
OPSIEVE_CONTRIB_FLAGS ?=
OPSIEVE_TENSORFLOW ?=
OPSIEVE_FLAGS ?=

opsieve_contrib_makefile := tensorflow/contrib/makefile/Makefile
opsieve_contrib_tree := $(patsubst %/,%,$(OPSIEVE_TENSORFLOW))
ifneq "$(words $(CURDIR))" "1"
$(error TensorFlow's makefile cannot work in a folder with a space in its name: $(CURDIR))
endif
ifeq "$(wildcard $(opsieve_contrib_tree)/$(opsieve_contrib_makefile))" ""
$(error $(or $(opsieve_contrib_tree),OPSIEVE_TENSORFLOW): there is no $(opsieve_contrib_makefile), \
  which only TensorFlow 1.x has; for TensorFlow 2 include opsieve.mk instead)
endif
# TensorFlow's documentation told people to put it there, and the compiler looks beside the including file first.
opsieve_contrib_stale := $(wildcard $(opsieve_contrib_tree)/tensorflow/core/framework/ops_to_register.h)
ifneq "$(opsieve_contrib_stale)" ""
$(error $(opsieve_contrib_stale) would be taken instead of the generated one: remove it)
endif

# --- targets ---------------------------------------------------------------------------------------------------------

# Variables of TensorFlow's makefile; what the sources are compiled with, as far as registrations depend on it; and what
# of this the compiler and core/platform/platform.h define by themselves.
opsieve_contrib_variables :=
opsieve_contrib_options := --preset desktop
opsieve_contrib_processor :=
opsieve_contrib_implied := IS_MOBILE_PLATFORM __ANDROID__ __APPLE__

ifeq "$(OPSIEVE_TARGET)" "linux-x86_64"
opsieve_contrib_variables := TARGET=LINUX
endif
ifeq "$(OPSIEVE_TARGET)" "macos"
opsieve_contrib_variables := TARGET=OSX
opsieve_contrib_options += --define __APPLE__
endif

# A Raspberry Pi is not "mobile" (core/platform/platform.h).
ifneq "$(filter linux-armv7 linux-aarch64,$(OPSIEVE_TARGET))" ""
opsieve_contrib_variables := TARGET=PI
opsieve_contrib_options += --define RASPBERRY_PI --define __ANDROID_TYPES_FULL__
opsieve_contrib_prefix := aarch64-linux-gnu-
ifeq "$(OPSIEVE_TARGET)" "linux-armv7"
opsieve_contrib_prefix := arm-linux-gnueabihf-
opsieve_contrib_processor := -march=armv7-a -mfpu=neon-vfpv4
endif
ifeq "$(filter arm% aarch64,$(shell uname -m))" ""
opsieve_contrib_variables += CXX=$(opsieve_contrib_prefix)g++ AR=$(opsieve_contrib_prefix)ar
endif
endif

ifneq "$(filter android-%,$(OPSIEVE_TARGET))" ""
opsieve_contrib_architecture := $(patsubst arm64,arm64-v8a,$(patsubst armv7,armeabi-v7a,$(OPSIEVE_TARGET:android-%=%)))
opsieve_contrib_variables := TARGET=ANDROID ANDROID_ARCH=$(opsieve_contrib_architecture)
opsieve_contrib_options := --preset android-full --define SUPPORT_SELECTIVE_REGISTRATION
endif

# TensorFlow's makefile chooses another convolution there.
ifneq "$(filter ios-arm64 ios-simulator-x86_64,$(OPSIEVE_TARGET))" ""
opsieve_contrib_variables := TARGET=IOS IOS_ARCH=$(if $(filter ios-arm64,$(OPSIEVE_TARGET)),ARM64,X86_64)
opsieve_contrib_options := --preset mobile --define __APPLE__ --define __ANDROID_TYPES_FULL__ \
  --define USE_GEMM_FOR_CONV --define TF_LEAN_BINARY
endif

ifeq "$(opsieve_contrib_variables)" ""
$(error OPSIEVE_TARGET is $(OPSIEVE_TARGET), and TensorFlow 1.x's makefile knows linux-x86_64, linux-armv7, linux-aarch64, \
  android-arm64, android-armv7, android-x86_64, ios-arm64, ios-simulator-x86_64 and macos)
endif

# --- the selection, under the defines of the target ------------------------------------------------------------------

# Not for good: with the next include of this file the target may be another.
opsieve_contrib_given := $(OPSIEVE_FLAGS)
override OPSIEVE_FLAGS := $(strip $(opsieve_contrib_options) $(opsieve_contrib_given))
opsieve_contrib_folder := $(dir $(lastword $(MAKEFILE_LIST)))
include $(opsieve_contrib_folder)opsieve.mk
override OPSIEVE_FLAGS := $(opsieve_contrib_given)

OPSIEVE_CONTRIB_OPTFLAGS ?= -Os -ffunction-sections -fdata-sections

# --- the library -----------------------------------------------------------------------------------------------------

opsieve_default_goal := $(.DEFAULT_GOAL)

# Stands for the makefile's own folder, where that looks for its lists and makes everything: links to what is in there,
# and another list of sources.
opsieve_contrib := $(OPSIEVE_OUTPUT)/contrib-$(OPSIEVE_TARGET)
opsieve_contrib_list := $(opsieve_contrib)/tf_op_files.txt
opsieve_contrib_built := $(opsieve_contrib)/built
OPSIEVE_CONTRIB_LIBRARY := $(opsieve_contrib)/lib/libtensorflow-core.a

opsieve_contrib_own := $(abspath $(opsieve_contrib_tree)/tensorflow/contrib/makefile)
opsieve_contrib_defines := $(filter-out $(foreach name,$(opsieve_contrib_implied),-D$(name)=%),$(OPSIEVE_DEFINES))
opsieve_contrib_make := -f $(opsieve_contrib_makefile) $(opsieve_contrib_variables) \
  OPSIEVE_HEADER=$(abspath $(OPSIEVE_OUTPUT))/ops_to_register.h OPSIEVE_CONTRIB=$(abspath $(opsieve_contrib)) \
  ANDROID_TYPES=-D__ANDROID_TYPES_FULL__ \
  OPSIEVE_OPTFLAGS='$(subst ','\'',$(strip $(opsieve_contrib_processor) $(OPSIEVE_CONTRIB_OPTFLAGS) \
  $(opsieve_contrib_defines)))' $(OPSIEVE_CONTRIB_FLAGS)

# TensorFlow's makefile does not notice when its flags or its list change: what was made under others goes here. In a dry
# run too, because it reads all this.
$(opsieve_contrib_list): opsieve_command := $(opsieve_contrib_make)
$(opsieve_contrib_list): opsieve_own := $(opsieve_contrib_own)
$(opsieve_contrib_list): $(OPSIEVE_OUTPUT)/tf_op_files.txt \
  $(call opsieve_reason,$(opsieve_contrib)/command,$(opsieve_contrib_list),$(strip $(opsieve_contrib_make)))
	+@if grep -q "$$(printf '\r')" $(opsieve_own)/Makefile; then \
	  echo '$(opsieve_own)/Makefile has CRLF line ends, with which no make can read it: convert the tree' >&2; exit 1; fi
	+@mkdir -p $(@D)/gen
	+@printf '%s\n' $(call opsieve_quoted,$(strip $(opsieve_command))) >$(@D)/command.new
	+@cmp -s $(@D)/command.new $(@D)/command || rm -rf $(@D)/obj $(@D)/dep
	+@# An archive keeps the objects that it has had, and does not depend on the list.
	+@rm -rf $(@D)/lib $(@D)/bin
	+@ln -sfn $(filter-out %/gen %/tf_op_files.txt,$(wildcard $(opsieve_own)/*)) $(@D)/
	+@for built in $(wildcard $(opsieve_own)/gen/protobuf*); do ln -sfn $$built $(@D)/gen/; done
	+@for source in $(filter-out $(patsubst %.c,%.cc,$(shell cat $(opsieve_own)/tf_op_files.txt)),$(shell cat $<)); do \
	  echo "note: $$source is not among the files that TensorFlow compiles with this makefile" >&2; done
	+@mv $(@D)/command.new $(@D)/command
	+@cp $< $@

# Always, because that makefile alone knows what the library depends on. What was said to this make about CXXFLAGS and
# the like is not meant for TensorFlow's.
.PHONY: $(opsieve_contrib_built)
$(opsieve_contrib_built): opsieve_command := $(opsieve_contrib_make)
$(opsieve_contrib_built): opsieve_tree := $(opsieve_contrib_tree)
$(opsieve_contrib_built): opsieve_overrides := $(abspath $(opsieve_contrib_folder)contrib_overrides.mk)
$(opsieve_contrib_built): opsieve_goal := $(abspath $(OPSIEVE_CONTRIB_LIBRARY))
$(opsieve_contrib_built): opsieve_jobs := $(addprefix -j,$(OPSIEVE_JOBS))
$(opsieve_contrib_built): $(opsieve_contrib_list) $(OPSIEVE_OUTPUT)/ops_to_register.h
	+@MAKEFLAGS='$(MFLAGS)' MAKEFILES=$(opsieve_overrides) $(MAKE) --no-print-directory -C $(opsieve_tree) \
	  $(opsieve_command) $(if $(findstring jobserver,$(MAKEFLAGS)),,$(opsieve_jobs)) $(opsieve_goal)

$(OPSIEVE_CONTRIB_LIBRARY): $(opsieve_contrib_built) ;

$(opsieve_cleaned): opsieve_files += $(opsieve_contrib)

.DEFAULT_GOAL := $(opsieve_default_goal)
