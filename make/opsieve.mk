# For other people's makefiles: from the models that an app ships to the TensorFlow library that runs exactly those.
#
#   OPSIEVE_MODELS     := app/model.pb     models, lists of ops; a SavedModel's folder is followed by its file
#   OPSIEVE_TENSORFLOW := ../tensorflow    source tree; an index of `opsieve index` does too where nothing is built
#   include opsieve.mk
#   app: main.o $(OPSIEVE_LIBRARY)
#   	$(CXX) main.o $(OPSIEVE_APP_LDFLAGS) -o $@
#   main.o: CPPFLAGS += $(OPSIEVE_APP_CPPFLAGS)
#   main.o: $(OPSIEVE_LIBRARY)
#
# May be set before the include as well, with what they are otherwise:
#   OPSIEVE_OUTPUT      [build/opsieve]   folder for all that is made
#   OPSIEVE_FLAGS       [none]            how to select: options of `opsieve generate` that `opsieve build` takes as well
#   OPSIEVE_TARGET      [this machine]    what the library is for: linux-aarch64, android-arm64, a YAML file, ...
#   OPSIEVE_NAME        [tensorflow_selective]  the library is lib$(OPSIEVE_NAME).a and .so
#   OPSIEVE_BUILD_FLAGS [none]            options for `opsieve build` alone
#   OPSIEVE_JOBS        [one]             compiler runs at a time, for a make that runs without -j; with -j they share
#                                         its job server
#   OPSIEVE_SIZE_LIMIT  [none]            bytes that the stripped shared library may have
#   OPSIEVE             [opsieve]         the command
#
# To depend on, and to use:
#   OPSIEVE_LIBRARY, OPSIEVE_SHARED_LIBRARY   built, incrementally, when something depends on them
#   OPSIEVE_STRIPPED_LIBRARY                  the shared one as it ships (iOS has neither)
#   OPSIEVE_RUN_MODEL                         a program that runs a model and prints its outputs
#   OPSIEVE_APP_CPPFLAGS, OPSIEVE_APP_LDFLAGS for the app that links one of them; valid when the library is there
#   opsieve-size                              prints the stripped size, and fails when it is above the limit
#   opsieve-clean                             removes what was made
# and for a makefile that compiles TensorFlow itself:
#   $(OPSIEVE_OUTPUT)/ops_to_register.h       which every object that sees TensorFlow's registration has to depend on
#   OPSIEVE_SOURCES, OPSIEVE_KERNEL_SOURCES, OPSIEVE_OP_SOURCES, OPSIEVE_OPS
#   OPSIEVE_CPPFLAGS                          for those objects
#
# Several libraries side by side: set OPSIEVE_MODELS and another OPSIEVE_OUTPUT, include this file again, and keep what
# your recipes use of it, because they are expanded when all is read: SPEECH_LDFLAGS := $(OPSIEVE_APP_LDFLAGS)
#
# Make cannot have a space in the name of a target or an included file, so none of these paths may have one, nor where
# this file is. The folder that make runs in may. GNU Make 3.81 or later.

OPSIEVE ?= opsieve
OPSIEVE_OUTPUT ?= build/opsieve
OPSIEVE_TENSORFLOW ?=
OPSIEVE_FLAGS ?=
ifndef OPSIEVE_TARGET
OPSIEVE_TARGET := linux-$(patsubst armv7%,armv7,$(shell uname -m))
endif
OPSIEVE_NAME ?= tensorflow_selective
OPSIEVE_BUILD_FLAGS ?=
OPSIEVE_JOBS ?=
OPSIEVE_SIZE_LIMIT ?=
OPSIEVE_MODELS ?=

ifeq "$(strip $(OPSIEVE_MODELS))" ""
$(error OPSIEVE_MODELS names no model)
endif
ifneq "$(words $(OPSIEVE_OUTPUT))" "1"
$(error OPSIEVE_OUTPUT has to be one folder, without spaces in its name: $(OPSIEVE_OUTPUT))
endif
ifneq "$(word 2,$(OPSIEVE_TENSORFLOW))" ""
$(error OPSIEVE_TENSORFLOW has to be one path, without spaces in it: $(OPSIEVE_TENSORFLOW))
endif

opsieve_outputs ?=
ifneq "$(filter $(OPSIEVE_OUTPUT),$(opsieve_outputs))" ""
$(error OPSIEVE_OUTPUT is $(OPSIEVE_OUTPUT) for two libraries; each needs its own)
endif
opsieve_outputs := $(opsieve_outputs) $(OPSIEVE_OUTPUT)

# The rules here must not take the place of the including makefile's first one.
opsieve_default_goal := $(.DEFAULT_GOAL)

.PHONY: opsieve-always opsieve-size opsieve-clean
opsieve-always:

# Recipes are expanded when all is read, perhaps this file several times: what differs between libraries reaches them as
# variables of their targets.

# --- the selection ---------------------------------------------------------------------------------------------------

opsieve_stamp := $(OPSIEVE_OUTPUT)/generated
opsieve_generated := $(addprefix $(OPSIEVE_OUTPUT)/,ops_to_register.h selected.mk selection.json tf_op_files.txt)
opsieve_inputs := $(OPSIEVE_MODELS) $(wildcard $(addsuffix /saved_model.pb*,$(OPSIEVE_MODELS)) $(OPSIEVE_TENSORFLOW))
opsieve_generate := $(strip $(OPSIEVE) generate $(OPSIEVE_MODELS) $(addprefix --tensorflow ,$(OPSIEVE_TENSORFLOW)) \
  $(OPSIEVE_FLAGS) -o $(OPSIEVE_OUTPUT))

# What says that $(2) is not up to date apart from its inputs' times, or nothing: a file of it is missing, or stamp $(1),
# which holds the command, was made by another one than $(3).
opsieve_reason = $(if $(filter-out $(wildcard $(2)),$(2)),opsieve-always,$(if \
  $(subst x$(strip $(shell cat $(1) 2>/dev/null))x,,x$(3)x),opsieve-always))
opsieve_quoted = '$(subst ','\'',$(1))'

# opsieve leaves files as they are that would not change, so that a stamp has to say when it last ran.
$(opsieve_stamp): opsieve_command := $(opsieve_generate)
$(opsieve_stamp): $(opsieve_inputs) $(call opsieve_reason,$(opsieve_stamp),$(opsieve_generated),$(opsieve_generate))
	$(opsieve_command)
	@printf '%s\n' $(call opsieve_quoted,$(opsieve_command)) >$@

$(opsieve_generated): $(opsieve_stamp) ;

OPSIEVE_TENSORFLOW_VERSION :=
OPSIEVE_DEFINES :=
OPSIEVE_OPS :=
OPSIEVE_KERNEL_SOURCES :=
OPSIEVE_OP_SOURCES :=
OPSIEVE_SOURCES :=
# Make makes again what it includes, whatever the goal: not worth it to clean.
opsieve_cleaning :=
ifdef MAKECMDGOALS
opsieve_cleaning := $(if $(filter-out %clean,$(MAKECMDGOALS)),,yes)
endif
ifndef opsieve_cleaning
include $(OPSIEVE_OUTPUT)/selected.mk
endif

OPSIEVE_CPPFLAGS := -DSELECTIVE_REGISTRATION -I$(OPSIEVE_OUTPUT) $(OPSIEVE_DEFINES)

# --- the library -----------------------------------------------------------------------------------------------------

opsieve_build := $(OPSIEVE_OUTPUT)/$(basename $(notdir $(OPSIEVE_TARGET)))
opsieve_makefile := $(opsieve_build)/Makefile
opsieve_planned := $(opsieve_build)/planned
opsieve_built := $(opsieve_build)/built
opsieve_shared := $(if $(filter ios%,$(OPSIEVE_TARGET)),,lib$(OPSIEVE_NAME).so)

OPSIEVE_LIBRARY := $(opsieve_build)/lib$(OPSIEVE_NAME).a
OPSIEVE_SHARED_LIBRARY := $(addprefix $(opsieve_build)/,$(opsieve_shared))
OPSIEVE_STRIPPED_LIBRARY := $(addprefix $(opsieve_build)/stripped/,$(opsieve_shared))
OPSIEVE_RUN_MODEL := $(opsieve_build)/run_model
OPSIEVE_APP_CPPFLAGS := -I$(opsieve_build)/include @$(opsieve_build)/$(OPSIEVE_NAME).cppflags
# The linker reads the file by itself, so that this is valid before there is one.
OPSIEVE_APP_LDFLAGS := -L$(opsieve_build) @$(opsieve_build)/$(OPSIEVE_NAME).ldflags

opsieve_plan := $(strip $(OPSIEVE) build $(OPSIEVE_MODELS) $(addprefix --tensorflow ,$(OPSIEVE_TENSORFLOW)) \
  --target $(OPSIEVE_TARGET) --name $(OPSIEVE_NAME) $(OPSIEVE_FLAGS) $(OPSIEVE_BUILD_FLAGS) -o $(opsieve_build) \
  --makefile-only)

$(opsieve_planned): opsieve_command := $(opsieve_plan)
$(opsieve_planned): $(opsieve_inputs) $(call opsieve_reason,$(opsieve_planned),$(opsieve_makefile),$(opsieve_plan))
	$(opsieve_command)
	@printf '%s\n' $(call opsieve_quoted,$(opsieve_command)) >$@

$(opsieve_makefile): $(opsieve_planned) ;

# One run for all that it makes, so that no two are in the same folder. Always, because that makefile alone knows what
# the library depends on: TensorFlow's own sources too. What was said to this make about CXX and the like is for the app.
.PHONY: $(opsieve_built)
$(opsieve_built): opsieve_jobs := $(addprefix -j,$(OPSIEVE_JOBS))
$(opsieve_built): $(opsieve_makefile)
	+@MAKEFLAGS='$(MFLAGS)' $(MAKE) --no-print-directory -C $(<D) $(opsieve_verbose) \
	  $(if $(findstring jobserver,$(MAKEFLAGS)),,$(opsieve_jobs))
opsieve_verbose = $(if $(filter-out undefined,$(origin V)),V='$(V)')

$(OPSIEVE_LIBRARY) $(OPSIEVE_SHARED_LIBRARY) $(OPSIEVE_STRIPPED_LIBRARY) $(OPSIEVE_RUN_MODEL): $(opsieve_built) ;

# --- its size --------------------------------------------------------------------------------------------------------

opsieve_size := $(OPSIEVE_OUTPUT)/size
.PHONY: $(opsieve_size)
$(opsieve_size): opsieve_limit := $(strip $(OPSIEVE_SIZE_LIMIT))
$(opsieve_size): opsieve_measured := $(or $(OPSIEVE_STRIPPED_LIBRARY),$(opsieve_build)/stripped/run_model)
$(opsieve_size): $(opsieve_built)
	@size=$$(($$(wc -c <$(opsieve_measured)))); limit='$(opsieve_limit)'; \
	case $$limit in \
	'') echo "$(opsieve_measured): $$size bytes" ;; \
	*[!0-9]*) echo "OPSIEVE_SIZE_LIMIT is not a number of bytes: $$limit" >&2; exit 1 ;; \
	*) if [ $$size -gt $$limit ]; then \
	    echo "$(opsieve_measured): $$size bytes, $$((size - limit)) above OPSIEVE_SIZE_LIMIT, which is $$limit" >&2; exit 1; \
	  fi; \
	  echo "$(opsieve_measured): $$size bytes, $$((limit - size)) below OPSIEVE_SIZE_LIMIT, which is $$limit" ;; \
	esac
opsieve-size: $(opsieve_size)

# --- cleaning --------------------------------------------------------------------------------------------------------

# By name: OPSIEVE_OUTPUT may be a folder with files of others.
opsieve_made := $(opsieve_build) $(opsieve_generated) $(OPSIEVE_OUTPUT)/selected.bzl $(opsieve_stamp)
opsieve_cleaned := $(OPSIEVE_OUTPUT)/clean
.PHONY: $(opsieve_cleaned)
$(opsieve_cleaned): opsieve_files := $(opsieve_made)
$(opsieve_cleaned):
	rm -rf $(opsieve_files)
	@rmdir $(@D) 2>/dev/null || :
opsieve-clean: $(opsieve_cleaned)

.DEFAULT_GOAL := $(opsieve_default_goal)
