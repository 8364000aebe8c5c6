# tend: GNU Make. `make help` lists the targets.
#
# Sources are found by folder: a new .c file in data/, labels/, nn/ or tui/ needs no line here. Files in
# nn/kernels/ are compiled once for each kind of CPU. SAN=address,undefined or SAN=thread builds into a
# folder of its own.

SHELL   := /bin/sh
CC      ?= gcc
PREFIX  ?= /usr/local
DESTDIR ?=
SAN     ?=
comma   := ,
BUILD   := build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))
V       ?= 0
Q       := $(if $(filter 0,$(V)),@)
say      = $(if $(filter 0,$(V)),@echo "  $(1)")

WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wvla
WERROR  ?= $(if $(CI),-Werror)
CFLAGS  ?= -O2 -g
ifneq ($(SAN),)
CFLAGS  := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=all
LDFLAGS += -fsanitize=$(SAN)
endif
VERSION := 0.1.0
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -DTEND_VERSION='"$(VERSION)"' -I. $(WARN) $(WERROR) $(CFLAGS) \
             -ffp-contract=fast -fno-math-errno -pthread -MMD -MP

ARCH    := $(shell uname -m)
CPUS    := $(if $(filter x86_64,$(ARCH)),avx512 avx2) plain
CPU_FLAGS_avx512 := -march=x86-64-v4 -mprefer-vector-width=512
CPU_FLAGS_avx2   := -march=x86-64-v3
CPU_FLAGS_plain  :=

# ---- what is built --------------------------------------------------------------------------------
sources  = $(sort $(wildcard $(addsuffix /*.c,$(1))))
DATA_SRC   := $(call sources,data) $(wildcard data/default/*.S)
LABELS_SRC := $(call sources,labels labels/formats)
NN_SRC     := $(call sources,nn nn/ops nn/families nn/weights)
KERNEL_SRC := $(call sources,nn/kernels)
TUI_SRC    := $(call sources,tui/commands tui/loop tui/screens tui/terminal)

objects  = $(patsubst %,$(BUILD)/%.o,$(basename $(1)))
KERNEL_OBJ := $(foreach c,$(CPUS),$(patsubst %.c,$(BUILD)/%-$(c).o,$(KERNEL_SRC)))
LIBS    := $(BUILD)/libtui.a $(BUILD)/liblabels.a $(BUILD)/libnn.a $(BUILD)/libdata.a
TEND    := $(BUILD)/tend

LINK_data   := $(BUILD)/libdata.a
LINK_labels := $(BUILD)/liblabels.a $(BUILD)/libdata.a
LINK_nn     := $(BUILD)/libnn.a $(BUILD)/libdata.a
LINK_tui    := $(LIBS)
LINK_ui     := $(LIBS)
LINK_bench  := $(LIBS)
LINK_fuzz   := $(LIBS)
SYS_data    := -ljpeg -lm
SYS_labels  := -lsqlite3 -lcjson -lutf8proc $(SYS_data)
SYS_nn      := -lopenblas -lcjson $(SYS_data)
SYS_tui     := -lsqlite3 -lopenblas -lcjson -lutf8proc -lsixel -lncursesw -ltinfo $(SYS_data)
SYS_ui      := $(SYS_tui)
SYS_bench   := $(SYS_tui)
SYS_fuzz    := $(SYS_tui)

TEST_SRC  := $(sort $(wildcard tests/data/*.c tests/labels/*.c tests/nn/*.c tests/tui/*.c tests/ui/*.c))
BENCH_SRC := $(sort $(wildcard tests/bench/*.c))
FUZZ_SRC  := $(sort $(wildcard tests/fuzz/fuzz_*.c))
program    = $(patsubst tests/%.c,$(BUILD)/tests/%,$(1))

PACKAGES  := gcc libc6-dev libncurses-dev libsixel-dev libstb-dev libopenblas-dev libcjson-dev \
             libsqlite3-dev libjpeg-dev libutf8proc-dev
DEMO_PACKAGES := libfreetype-dev fonts-noto-color-emoji unicode-data
TEST_PACKAGES := git

.DEFAULT_GOAL := build
.PHONY: build test test-programs fuzz demo demo-reset deps bench install uninstall deb clean help check-packages \
        default-network screenshot format keys
.DELETE_ON_ERROR:
.SECONDARY:

# Pages and scripts that the program makes of its own tables.
HELP := $(BUILD)/tend.1 $(BUILD)/tend.bash $(BUILD)/tend.zsh

## build: the program, build/tend (missing Debian packages are installed first)
build: $(TEND) $(HELP)

$(BUILD)/tend.1: PAGE := man
$(BUILD)/tend.bash: PAGE := bash
$(BUILD)/tend.zsh: PAGE := zsh
$(HELP): $(TEND)
	$(call say,help   $@)
	$(Q)$(TEND) help $(PAGE) >$@

$(BUILD)/packages.ok: .make/packages.sh Makefile
	@mkdir -p $(@D)
	@sh .make/packages.sh $(PACKAGES)
	@touch $@

$(TEND): $(BUILD)/tui/main.o $(LIBS)
	$(call say,link   $@)
	$(Q)$(CC) $(LDFLAGS) -pthread -o $@ $^ $(SYS_tui)

$(BUILD)/libdata.a: $(call objects,$(DATA_SRC))
$(BUILD)/liblabels.a: $(call objects,$(LABELS_SRC))
$(BUILD)/libnn.a: $(call objects,$(NN_SRC)) $(KERNEL_OBJ)
$(BUILD)/libtui.a: $(call objects,$(TUI_SRC))
%.a:
	$(call say,library $@)
	$(Q)rm -f $@ && ar rcs $@ $^

# stb_image is a header of somebody else's: its warnings are not ours. Reading damaged files, sums in it wrap
# around and zeros are shifted by too much; both are harmless. Speed matters in ops.
$(BUILD)/data/stb.o: EXTRA := -w -O2 -fwrapv $(if $(SAN),-fno-sanitize=shift)
$(BUILD)/nn/%.o $(BUILD)/data/bfloat16.o: EXTRA := $(if $(SAN),-O1,-O3)
$(BUILD)/%.o: %.c | $(BUILD)/packages.ok
	$(call say,compile $<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(EXTRA) -c -o $@ $<

$(BUILD)/%.o: %.S | $(BUILD)/packages.ok
	$(call say,embed  $<)
	@mkdir -p $(@D)
	$(Q)$(CC) -I. -c -o $@ $<
$(BUILD)/data/default/default.o: $(wildcard data/default/*.safetensors data/default/*.json)

# clang takes minutes for each of these under libFuzzer, which has nothing to learn in them.
NO_FUZZ := $(if $(findstring fuzzer,$(SAN)),-fno-sanitize=all)
define kernel_rule
$(BUILD)/nn/kernels/%-$(1).o: nn/kernels/%.c | $(BUILD)/packages.ok
	$$(call say,compile $$< for $(1))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(if $$(SAN),-O1,-O3) $$(NO_FUZZ) $$(CPU_FLAGS_$(1)) -DKERNEL_CPU=$(1) -c -o $$@ $$<
endef
$(foreach c,$(CPUS),$(eval $(call kernel_rule,$(c))))

# ---- tests ----------------------------------------------------------------------------------------
define test_rule
$(BUILD)/tests/$(1)/%: $(BUILD)/tests/$(1)/%.o $(BUILD)/tests/check.o $$(LINK_$(1))
	$$(call say,link   $$@)
	$$(Q)$$(CC) $$(LDFLAGS) -pthread -o $$@ $$^ $$(SYS_$(1))
endef
$(foreach m,data labels nn tui ui bench,$(eval $(call test_rule,$(m))))
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/fuzz.o $(BUILD)/tests/check.o $(LINK_fuzz)
	$(call say,link   $@)
	$(Q)$(CC) $(LDFLAGS) -pthread -o $@ $^ $(SYS_fuzz)

# The same targets with libFuzzer instead of our own driver.
$(BUILD)/tests/fuzz/%.libfuzzer: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/libfuzzer.o \
                                 $(BUILD)/tests/check.o $(LINK_fuzz)
	$(call say,link   $@)
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -pthread -o $@ $^ $(SYS_fuzz)

test-programs: $(TEND) $(call program,$(TEST_SRC) $(FUZZ_SRC))

## test: builds everything and runs every test; SAN=address,undefined or SAN=thread under sanitizers
test: $(BUILD)/packages.ok
	@sh .make/packages.sh $(TEST_PACKAGES)
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory test-programs
	@sh tests/run.sh $(BUILD)

## deps: checks that includes follow the arrows of the README's tour, and nothing else
deps:
	@sh .make/deps.sh

## fuzz: libFuzzer (clang) for SECONDS=600 on TARGET=csv, or on every target: tests/fuzz/fuzz_TARGET.c
# Inputs to begin with: those the target makes, and tests/fuzz/corpus/TARGET (tests/fuzz/libfuzzer.sh says more).
FUZZ_SAN := fuzzer-no-link,address,undefined
FUZZ_DIR := build/san-$(subst $(comma),-,$(FUZZ_SAN))/tests/fuzz
TARGET   ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SRC))
SECONDS  ?= 600
fuzz: $(BUILD)/packages.ok
	@sh .make/packages.sh clang
	@$(MAKE) --no-print-directory CC=clang SAN=$(FUZZ_SAN) $(TARGET:%=$(FUZZ_DIR)/fuzz_%.libfuzzer)
	@sh tests/fuzz/libfuzzer.sh $(FUZZ_DIR) $(SECONDS) $(TARGET)

## bench: speed of the network as ratios, beside PyTorch and ONNX Runtime where they are installed
bench: $(BUILD)/packages.ok $(call program,$(BENCH_SRC))
	@sh tests/bench/run.sh $(BUILD)

# ---- demo -----------------------------------------------------------------------------------------
SAMPLE := $(BUILD)/sample
$(BUILD)/demo-packages.ok: .make/packages.sh Makefile
	@mkdir -p $(@D)
	@sh .make/packages.sh $(DEMO_PACKAGES)
	@touch $@

EMOJI_SRC := $(sort $(wildcard data/sample/*.c))
$(BUILD)/emoji: $(EMOJI_SRC) $(wildcard data/sample/*.h) $(BUILD)/libdata.a | $(BUILD)/packages.ok $(BUILD)/demo-packages.ok
	$(call say,compile $<)
	$(Q)$(CC) $(filter-out -MMD -MP,$(ALL_CFLAGS)) -I/usr/include/freetype2 -o $@ $(EMOJI_SRC) $(BUILD)/libdata.a \
	    -lfreetype -lz $(SYS_data)

## demo: builds a library of sample pictures and opens the review on it, offline
demo: $(TEND) $(BUILD)/emoji
	@sh data/sample/demo.sh $(BUILD)

## demo-reset: forgets what was reviewed and trained in the demo
demo-reset:
	rm -rf $(SAMPLE)

## default-network: trains data/default again: PHOTOS=folder TEACHER=model folder
default-network: $(TEND)
	@sh data/default/train.sh $(TEND) "$(PHOTOS)" "$(TEACHER)"

## screenshot: takes the README's picture from a real xterm (installs xvfb and xterm)
screenshot: $(TEND) $(BUILD)/emoji
	@sh tests/tools/screenshot.sh $(BUILD)

# ---- the rest -------------------------------------------------------------------------------------
# Where it goes below DESTDIR. Debian's own packages put zsh's completion in another folder.
BIN  := $(PREFIX)/bin
MAN  := $(PREFIX)/share/man/man1
BASH_COMPLETIONS ?= $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS  ?= $(PREFIX)/share/zsh/site-functions

## install: program, man page, completion for bash and zsh to PREFIX (/usr/local), DESTDIR before it
install: $(TEND) $(HELP)
	install -d $(addprefix "$(DESTDIR)",$(BIN) $(MAN) $(BASH_COMPLETIONS) $(ZSH_COMPLETIONS))
	install -m 755 $(TEND) "$(DESTDIR)$(BIN)/tend"
	install -m 644 $(BUILD)/tend.1 "$(DESTDIR)$(MAN)/tend.1"
	install -m 644 $(BUILD)/tend.bash "$(DESTDIR)$(BASH_COMPLETIONS)/tend"
	install -m 644 $(BUILD)/tend.zsh "$(DESTDIR)$(ZSH_COMPLETIONS)/_tend"

## uninstall: takes it away again
uninstall:
	rm -f "$(DESTDIR)$(BIN)/tend" "$(DESTDIR)$(MAN)/tend.1" "$(DESTDIR)$(BASH_COMPLETIONS)/tend" \
	    "$(DESTDIR)$(ZSH_COMPLETIONS)/_tend"

## deb: a Debian package, build/tend_VERSION_ARCH.deb
deb: $(TEND) $(HELP)
	@MAKE="$(MAKE)" sh .make/deb.sh $(BUILD) $(VERSION)

## keys: writes the table of keys into README.md again
keys: $(TEND)
	$(TEND) help keys.md >$(BUILD)/keys.md
	sed -i -e '/^<!-- keys -->/r $(BUILD)/keys.md' -e '/^<!-- keys -->/,/^<!-- \/keys -->/{/^<!-- /!d}' README.md

## format: clang-format over the sources
format:
	clang-format -i $$(git ls-files '*.c' '*.h')

## clean: removes build/
clean:
	rm -rf build

## help: this list
help:
	@sed -n 's/^## //p' Makefile

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
