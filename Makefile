# waitbench. `make` builds, `make check` tests, `make lint` reads; ./run.sh does all of it for you.
#   V=1             show the commands
#   VARIANT=asan    AddressSanitizer and UBSan, in build/asan     (also: tsan, fuzz)
#   CC=clang        another compiler

VARIANT ?= release
# What is measured is optimised; of the others a stack trace needs lines, and compiling takes half as long.
CFLAGS  ?= $(if $(filter release,$(VARIANT)),-O2 -g,-O1 -g1)
WERROR  ?=

# Where `make install` puts things. DESTDIR, if any, is put before all of them.
PREFIX     ?= /usr/local
prefix     ?= $(PREFIX)
bindir     ?= $(prefix)/bin
libexecdir ?= $(prefix)/libexec
datadir    ?= $(prefix)/share
mandir     ?= $(datadir)/man
zshdir     ?= $(datadir)/zsh/site-functions

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
            -Wvla $(if $(WERROR),-Werror)
STD      := -std=c11 -D_GNU_SOURCE -I.

ifeq ($(VARIANT),release)
B := build
else ifeq ($(VARIANT),asan)
B := build/asan
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
else ifeq ($(VARIANT),tsan)
B := build/tsan
SANITIZE := -fsanitize=thread -fno-omit-frame-pointer
else ifeq ($(VARIANT),fuzz)
B := build/fuzz
override CC := clang
SANITIZE := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
            -fno-omit-frame-pointer
else
$(error VARIANT is '$(VARIANT)': it can be release, asan, tsan or fuzz)
endif

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

# Libraries that one driver or server model shows and the rest does without. Where the header is
# missing it is absent: listed with what to do about it (absent.c), and never replaced by another.
define optional # driver and server model, header, package, how to link
ifeq ($$(shell $(CC) -E -x c -include $(2) /dev/null >/dev/null 2>&1 && echo yes),yes)
DRIVER_LIBS += $(4)
SERVER_LIBS += $(if $(wildcard server/models/$(1).c),$(4))
else
$$(eval $$(call absent,$(1),$(3) was missing when it was built; ./run.sh deps in the source tree installs it))
endif
endef
define absent # driver, reason
ABSENT += $(1)
ABSENT_PARTS += $(wildcard drivers/$(1)_*.c)
ABSENT_MODELS += $(wildcard server/models/$(1).c)
$(B)/obj/drivers/$(1).o $(B)/obj/server/models/$(1).o: STD += -DABSENT_ID=$(1) -DABSENT_REASON='"$(2)"'
endef

$(eval $(call optional,libevent,event2/event.h,libevent-dev,-levent_core))
$(eval $(call optional,libuv,uv.h,libuv1-dev,-luv))
$(eval $(call optional,io_uring,liburing.h,liburing-dev,-luring))
ifeq ($(VARIANT),tsan)
$(eval $(call absent,st,State Threads switches stacks and ThreadSanitizer cannot be told of it))
else ifneq ($(filter aarch64-%,$(shell $(CC) -dumpmachine)),)
$(eval $(call absent,st,State Threads switches by longjmp() on aarch64 which glibc ends the program for))
else
$(eval $(call optional,st,st.h,libst-dev,-lst))
endif

# Open MPI, of one program only: the ranks of a load on many machines.
ifeq ($(shell pkg-config --exists ompi-c && echo yes),yes)
MPI_CFLAGS := $(patsubst -I%,-isystem%,$(shell pkg-config --cflags ompi-c))
MPI_LIBS := $(shell pkg-config --libs ompi-c)
RANKS := $(wildcard ranks/*.c)
endif

# The HTTP parser: a library, or in Debian 12 the C sources of a package, which are compiled in.
ifeq ($(shell pkg-config --exists libllhttp && echo yes),yes)
LLHTTP_LIBS := $(shell pkg-config --libs libllhttp)
else
STD += -isystem /usr/share/include/llhttp
LLHTTP_OBJECTS := $(patsubst %,$(B)/obj/llhttp/%.o,api http llhttp)
endif

LIB       := $(wildcard lib/*.c)
ENGINE    := $(wildcard engine/*.c)
WORKLOADS := $(wildcard workloads/*.c)
DRIVERS   := $(filter-out drivers/absent.c $(ABSENT_PARTS),$(wildcard drivers/*.c))
BENCH     := $(filter-out bench/cli/main.c,$(wildcard bench/*/*.c))
LESSONS   := $(wildcard lessons/*.c)
SERVER    := $(filter-out server/absent.c,$(wildcard server/*.c server/models/*.c))
BASELINES := $(filter-out $(ABSENT:%=baselines/bare_server_%.c),$(wildcard baselines/*.c))
UNITS     := $(filter-out $(ABSENT:%=tests/unit/test_%.c),$(wildcard tests/unit/test_*.c))
HELPERS   := $(wildcard tests/cli/*.c)
TESTLIB   := $(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c))
FUZZED    := $(wildcard tests/fuzz/*.c)
MANUAL    := $(wildcard manual/*.c)

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))

# What is tested is what is measured: the tests link the same archive as the program.
ARCHIVE := $(B)/waitbench.a
PROGRAMS := $(B)/waitbench $(B)/randintd $(if $(RANKS),$(B)/waitbench-mpi)
BASELINE_PROGRAMS := $(patsubst baselines/%.c,$(B)/baselines/%,$(BASELINES))
UNIT_PROGRAMS := $(patsubst tests/unit/%.c,$(B)/tests/%,$(UNITS))
TEST_HELPERS := $(patsubst tests/cli/%.c,$(B)/tests/%,$(HELPERS))

# Programs in other languages (lib/program_path.c). A compiled one is built if its compiler is there,
# without the network and once for all variants; else its driver or server model is listed as missing.
GO := $(shell command -v go)
PROGRAMS_COMPILED := $(if $(GO),build/programs/goroutines build/programs/server_go)

all: $(PROGRAMS) $(PROGRAMS_COMPILED)
baselines: $(BASELINE_PROGRAMS)
units: $(UNIT_PROGRAMS) $(TEST_HELPERS)

REVISION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)

# The compiler, the flags and the revision part of every figure: the program records them.
# Of the options of dpkg-buildflags those that hold the build's folder are left out.
BUILD_INFO := -DBUILD_COMPILER='"$(shell $(CC) --version | head -n 1)"' \
              -DBUILD_FLAGS='"$(strip $(filter-out -ffile-prefix-map=%,$(CFLAGS) $(CPPFLAGS)) $(SANITIZE))"' \
              -DBUILD_VARIANT='"$(VARIANT)"' -DBUILD_REVISION='"$(REVISION)"'
$(B)/obj/bench/base/environment.o: STD += $(BUILD_INFO)
$(B)/obj/bench/base/environment.o: $(B)/revision

# An installed program finds the rest from its own folder.
from_bindir = $(shell realpath -m -s --relative-to=$(bindir) $(1)/waitbench)
PLACES := -DPLACE_DATA='"$(call from_bindir,$(datadir))"' -DPLACE_LIBEXEC='"$(call from_bindir,$(libexecdir))"'
$(B)/obj/lib/place.o: STD += $(PLACES)
$(B)/obj/lib/place.o: $(B)/places

$(B)/obj/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD) $(WARNINGS) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -pthread -MMD -MP -c -o $@ $<

$(B)/obj/llhttp/%.o: /usr/share/llhttp/%.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD) -DLLHTTP_STRICT_MODE=1 $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -c -o $@ $<

ABSENT_OBJECTS := $(ABSENT:%=$(B)/obj/drivers/%.o)
ABSENT_MODEL_OBJECTS := $(ABSENT_MODELS:%.c=$(B)/obj/%.o)
$(ABSENT_OBJECTS): drivers/absent.c $(B)/flags
$(ABSENT_MODEL_OBJECTS): server/absent.c $(B)/flags
$(ABSENT_OBJECTS) $(ABSENT_MODEL_OBJECTS):
	$(call say,CC,"$@ (absent)")
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD) $(WARNINGS) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -pthread -MMD -MP -c -o $@ $<

# Its headers do not say, before 2.4.
$(B)/obj/drivers/io_uring_ring.o: \
    STD += -DLIBURING_VERSION='"$(shell pkg-config --modversion liburing 2>/dev/null)"'

# How `waitbench grade` builds a driver: as we do, and against this archive.
HOST_STD := $(STD)
HOST_INFO = -DHOST_COMPILER='"$(CC)"' -DHOST_FLAGS='"$(HOST_STD) $(CFLAGS) $(SANITIZE) -pthread"' \
            -DHOST_LIBRARIES='"$(BENCH_LIBS)"'
$(B)/obj/bench/grade/build_driver.o: STD += $(HOST_INFO)

# Texts that are kept in the program: the schema, a script for gnuplot, the style and script of pages, the
# sources of drivers.
$(B)/obj/bench/keep/store.o: $(wildcard bench/keep/*.sql)
$(B)/obj/bench/predict/scalability.o: bench/predict/scalability.gp
$(B)/obj/tests/unit/test_place.o: LICENSE run.sh
$(B)/obj/bench/show/html.o $(B)/obj/bench/show/replay.o: $(wildcard bench/show/*.css bench/show/*.js)
$(B)/obj/server/models.o: $(wildcard server/models/*.c programs/server_*)
$(B)/obj/manual/bash.o: manual/completion.bash
$(B)/obj/drivers/sources.o: $(filter-out drivers/sources.c,$(DRIVERS)) $(wildcard programs/*.*)

# The table of lessons, from the files there are: adding one is adding its file.
LESSON_IDS := $(sort $(LESSONS:lessons/%.c=%))
$(B)/lessons.c: $(B)/lessons-stamp
	$(call say,GEN,$@)
	@{ printf '#include "bench/judge/lesson.h"\n#include <string.h>\n\n'; \
	   printf 'extern const struct lesson lesson_%s;\n' $(LESSON_IDS); \
	   printf 'const struct lesson *const lesson_files[] = {'; \
	   printf '&lesson_%s, ' $(LESSON_IDS); printf 'NULL};\n'; } > $@
$(B)/obj/lessons.o: $(B)/lessons.c
	$(Q)$(CC) $(STD) $(WARNINGS) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -c -o $@ $<

# Stamps that change only when what they hold does: compiler and flags, revision.
.PHONY: always
define stamp
$(1): always
	@mkdir -p $$(@D)
	@echo '$(2)' | cmp -s - $$@ || echo '$(2)' > $$@
endef
$(eval $(call stamp,$(B)/places,$(subst ',,$(PLACES))))
$(eval $(call stamp,$(B)/flags,$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(SANITIZE) $(WARNINGS) without: $(ABSENT)))
$(eval $(call stamp,$(B)/revision,$(REVISION)))
$(eval $(call stamp,$(B)/lessons-stamp,$(LESSON_IDS)))

$(ARCHIVE): $(call objects,$(LIB) $(ENGINE) $(WORKLOADS) $(DRIVERS) $(BENCH) $(LESSONS)) $(B)/obj/lessons.o \
            $(LLHTTP_OBJECTS)
	$(call say,AR,$@)
	@rm -f $@
	$(Q)ar rcs $@ $^

LINK = $(CC) $(CFLAGS) $(LDFLAGS) $(SANITIZE) -pthread -o $@ $^
# libev has a libevent of its own, of the same names: the true one has to be found first.
BENCH_LIBS = $(DRIVER_LIBS) $(LLHTTP_LIBS) -lev -lsqlite3 -lz -lgmp -lm

$(B)/waitbench: $(call objects,bench/cli/main.c) $(ARCHIVE)
	$(call say,LD,$@)
	$(Q)$(LINK) $(BENCH_LIBS)

$(call objects,$(RANKS)): STD += $(MPI_CFLAGS)
$(B)/waitbench-mpi: $(call objects,$(RANKS)) $(ARCHIVE)
	$(call say,LD,$@)
	$(Q)$(LINK) $(BENCH_LIBS) $(MPI_LIBS)

# Each is the file of its name and what such programs share.
build/programs/goroutines: programs/waitbench_client.go
build/programs/server_go: programs/waitbench_server.go programs/waitbench_connection.go
$(PROGRAMS_COMPILED): build/programs/%: programs/%.go programs/waitbench_clock.go
	$(call say,GO,$@)
	@mkdir -p $(@D)
	$(Q)GOCACHE="$$PWD/build/go" GOPATH="$$PWD/build/go" GOPROXY=off GOTOOLCHAIN=local \
	 GO111MODULE=off CGO_ENABLED=0 $(GO) build -o $@ $^ \
	 $(if $(WERROR),,|| echo "  GO    $(GO) cannot build $@: it will be missing")

$(B)/randintd: $(call objects,$(SERVER) $(LIB)) $(LLHTTP_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(LINK) $(SERVER_LIBS) $(LLHTTP_LIBS) -lev -lm

$(B)/baselines/bare_libev: BASELINE_LIBS := -lev
$(B)/baselines/bare_server_io_uring: BASELINE_LIBS := -luring
$(B)/baselines/%: $(B)/obj/baselines/%.o $(call objects,$(LIB)) $(LLHTTP_OBJECTS)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) $(LLHTTP_LIBS) -lm $(BASELINE_LIBS)

$(B)/tests/%: $(B)/obj/tests/unit/%.o $(call objects,$(TESTLIB)) $(ARCHIVE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) $(TEST_LINK) -lcmocka $(BENCH_LIBS)

$(TEST_HELPERS): $(B)/tests/%: $(B)/obj/tests/cli/%.o
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) $(TEST_LINK)

# The account's own code.
$(B)/tests/account: $(call objects,$(LIB)) $(LLHTTP_OBJECTS)
$(B)/tests/account: TEST_LINK := $(LLHTTP_LIBS) -lm

# The server's options too, which are no part of the archive.
$(B)/tests/test_options: $(call objects,server/options.c)

# No memory when a test says so.
$(B)/tests/test_protocol: TEST_LINK := -Wl,--wrap=malloc
# The harness on a fake clock, with a scripted driver.
$(B)/tests/test_runner: TEST_LINK := -Wl,--wrap=clock_gettime,--wrap=driver_find
# A kernel that refuses threads and processes as it is told.
$(B)/tests/test_processes: TEST_LINK := -Wl,--wrap=fork,--wrap=pthread_create
# A kernel that refuses perf events.
$(B)/tests/test_switches: TEST_LINK := -Wl,--wrap=perf_event_make
# io_uring on kernels that are older than this one.
$(B)/tests/test_io_uring: \
    TEST_LINK := -Wl,--wrap=io_uring_queue_init_params,--wrap=io_uring_get_probe_ring
# Memory and epoll that give way.
$(B)/tests/test_coroutine_stacks: TEST_LINK := -Wl,--wrap=mmap,--wrap=munmap,--wrap=mprotect
$(B)/tests/test_coroutine_driver: \
    TEST_LINK := -Wl,--wrap=mprotect,--wrap=epoll_ctl,--wrap=epoll_wait

# Drivers whose system calls fail when a test says so, or are counted.
$(B)/tests/test_epoll: TEST_LINK := \
 -Wl,--wrap=epoll_ctl,--wrap=epoll_wait,--wrap=epoll_pwait2,--wrap=recv,--wrap=send
$(B)/tests/test_multiloop: TEST_LINK := \
 -Wl,--wrap=epoll_wait,--wrap=pthread_create,--wrap=sched_getaffinity

$(B)/tests/test_libev_offload: TEST_LINK := -Wl,--wrap=pthread_create

# ---- installing ----

# Pages for man(1) and completion for shells, made from the tables of options.
MAN := $(B)/manual/man1
MANUAL_DATE = $(shell date -u -d "@$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || date +%s)}" +%F)
manual: $(B)/manual/done
$(B)/manual/manual: $(call objects,$(MANUAL) server/options.c) $(ARCHIVE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) $(BENCH_LIBS)
$(B)/manual/done: $(B)/manual/manual $(B)/randintd
	$(call say,GEN,$(MAN))
	@rm -rf $(MAN) && mkdir -p $(MAN)
	$(Q)$< pages $(MAN) $(MANUAL_DATE)
	$(Q)$< bash >$(B)/manual/waitbench.bash
	$(Q)$< zsh >$(B)/manual/_waitbench
	@touch $@

INSTALL ?= install
TO_DATA    = $(DESTDIR)$(datadir)/waitbench
TO_LIBEXEC = $(DESTDIR)$(libexecdir)/waitbench
TO_BASH    = $(DESTDIR)$(datadir)/bash-completion/completions
TO_ZSH     = $(DESTDIR)$(zshdir)
# The ranks of a load on many machines start the waitbench that is beside them.
install: all manual
	+$(Q)$(MAKE) --no-print-directory install-files

# As it was built, whatever the options of make are now.
install-files:
	$(call say,INST,$(DESTDIR)$(prefix))
	$(Q)$(INSTALL) -d $(DESTDIR)$(bindir) $(TO_LIBEXEC)/programs $(DESTDIR)$(mandir)/man1 $(TO_BASH) $(TO_ZSH) \
	 $(TO_DATA)/plots $(TO_DATA)/programs
	$(Q)$(INSTALL) $(B)/waitbench $(B)/randintd $(DESTDIR)$(bindir)
	$(Q)$(if $(RANKS),$(INSTALL) $(B)/waitbench-mpi $(TO_LIBEXEC))
	$(Q)$(if $(RANKS),ln -sf $(shell realpath -m -s --relative-to=$(libexecdir)/waitbench $(bindir))/waitbench $(TO_LIBEXEC))
	$(Q)for program in $(PROGRAMS_COMPILED); do \
	 test ! -e $$program || $(INSTALL) $$program $(TO_LIBEXEC)/programs || exit; done
	$(Q)cp plots/*.sh plots/*.gp plots/*.awk $(TO_DATA)/plots
	$(Q)cp programs/*.py programs/*.mjs $(TO_DATA)/programs
	$(Q)find docs -type f ! -name '*.sh' -exec cp --parents -t $(TO_DATA) {} +
	$(Q)chmod -R u=rwX,go=rX $(TO_DATA)
	$(Q)$(INSTALL) -m 644 $(MAN)/*.1 $(DESTDIR)$(mandir)/man1
	$(Q)$(INSTALL) -m 644 $(B)/manual/waitbench.bash $(TO_BASH)/waitbench
	$(Q)ln -sf waitbench $(TO_BASH)/randintd
	$(Q)$(INSTALL) -m 644 $(B)/manual/_waitbench $(TO_ZSH)

uninstall:
	rm -rf $(TO_DATA) $(TO_LIBEXEC)
	rm -f $(DESTDIR)$(bindir)/waitbench $(DESTDIR)$(bindir)/randintd $(TO_BASH)/waitbench $(TO_BASH)/randintd \
	 $(TO_ZSH)/_waitbench $(DESTDIR)$(mandir)/man1/randintd.1 $(DESTDIR)$(mandir)/man1/waitbench.1 \
	 $(DESTDIR)$(mandir)/man1/waitbench-*.1

# ---- fuzzing ----

# Targets of libFuzzer, which needs clang; tests/fuzz/run.sh runs them.
has_fuzzer = $(shell clang -fsanitize=fuzzer -Wl,--unresolved-symbols=ignore-all -o /dev/null \
                     -x c /dev/null 2>/dev/null && echo yes)
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzzers/%,$(FUZZED))
fuzz:
	+$(MAKE) VARIANT=fuzz WERROR= fuzzers
fuzzers: $(FUZZERS)
$(FUZZERS): $(B)/fuzzers/%: $(B)/obj/tests/fuzz/%.o $(ARCHIVE)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINK) -fsanitize=fuzzer $(TEST_LINK) $(ARCHIVE) $(BENCH_LIBS)

$(B)/fuzzers/compare: TEST_LINK := -Wl,--wrap=store_open,--wrap=store_close
$(B)/fuzzers/connection: $(call objects,$(filter-out server/main.c,$(SERVER)))
$(B)/fuzzers/connection: TEST_LINK := -Wl,--wrap=protocol_read_request
$(B)/fuzzers/options: $(call objects,server/options.c)
$(B)/fuzzers/options: TEST_LINK := \
 -Wl,--wrap=driver_usable,--wrap=external_find,--wrap=getaddrinfo,--wrap=net_addresses_parse
$(B)/fuzzers/program: TEST_LINK := \
 -Wl,--wrap=program_start,--wrap=program_send,--wrap=clock_gettime

# ---- checking ----

# Unit tests and conformance in this variant. AddressSanitizer must see the faults that cmocka
# would otherwise catch.
check-units: $(PROGRAMS) $(UNIT_PROGRAMS)
	ASAN_OPTIONS=allow_user_segv_handler=0:detect_leaks=1 CMOCKA_MESSAGE_OUTPUT=tap \
	 prove -e tests/limited.sh $(UNIT_PROGRAMS)

# Everything: unit tests in all variants, the command line, in one count. Most of them wait, so that
# several run at once.
VARIANT_UNITS = $(foreach v,build build/asan build/tsan,$(patsubst build/%,$(v)/%,$(UNIT_PROGRAMS)))
# The longest begin first, so that they are not alone at the end.
LONGEST := $(filter $(patsubst %,tests/cli/%.bats,lessons trust models capacity),$(wildcard tests/cli/*.bats)) \
 $(filter %/test_conformance,$(VARIANT_UNITS)) \
 $(patsubst %,tests/cli/%.bats,inherited plots fuzz run report open terminal)
ALL_TESTS = $(LONGEST) $(filter-out $(LONGEST),$(VARIANT_UNITS) $(wildcard tests/cli/*.bats))
variants: $(PROGRAMS) manual $(UNIT_PROGRAMS) $(TEST_HELPERS)
	+$(MAKE) VARIANT=asan all units
	+$(MAKE) VARIANT=tsan all units
	+$(if $(has_fuzzer),$(MAKE) fuzz)
check: variants
	ASAN_OPTIONS=allow_user_segv_handler=0:detect_leaks=1 CMOCKA_MESSAGE_OUTPUT=tap \
	 prove -j 6 --timer --failures --comments -e tests/limited.sh $(ALL_TESTS)

SOURCES := $(sort $(LESSONS) $(LIB) $(ENGINE) $(WORKLOADS) $(DRIVERS) $(BENCH) bench/cli/main.c $(RANKS) $(SERVER) $(MANUAL) \
           $(BASELINES) $(UNITS) $(TESTLIB) $(HELPERS) $(FUZZED)) drivers/absent.c server/absent.c
HEADERS := $(wildcard lessons/*.h lib/*.h engine/*.h workloads/*.h drivers/*.h bench/*/*.h ranks/*.h manual/*.h server/*.h server/models/*.h baselines/*.h \
           tests/unit/*.h tests/fuzz/*.h tests/grade/*.[ch])
SCRIPTS := run.sh .ci/run $(wildcard manual/*.bash plots/*.sh baselines/*.sh tests/*.sh tests/*/*.sh docs/*/*.sh)

lint: lint-quick lint-tidy
lint-quick: lint-layers lint-terms lint-format lint-programs lint-shell lint-cppcheck

# A linter's findings change with its version: those of another one are left out, with a line that says so.
with_version = $(Q)found=$$($(1) --version) || exit; \
 if echo "$$found" | grep -qwF '$(2)'; then $(3); \
 else echo "  LINT  left out: $(1) has to be version $(2), as in Debian 12"; fi

# Which directories may include which, and no cycles.
lint-layers:
	$(Q)tests/layers.sh

lint-terms:
	$(Q)tests/terminology.sh

lint-format:
	$(call with_version,clang-format,14,clang-format --dry-run -Werror $(SOURCES) $(HEADERS))

lint-programs:
	$(Q)for file in programs/*.py; do \
	 python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' $$file || exit; done
	$(Q)$(if $(GO),unformatted=$$(gofmt -l programs) && test -z "$$unformatted" || { echo "gofmt: $$unformatted"; exit 1; })
	$(Q)$(if $(shell command -v node),for file in programs/*.mjs; do node --check $$file || exit; done)

lint-shell:
	$(call with_version,shellcheck,0.9,shellcheck -x $(SCRIPTS))

CPPCHECK = cppcheck --quiet --std=c11 --enable=warning,performance,portability --error-exitcode=1 \
 --inline-suppr --suppress=missingIncludeSystem -D_GNU_SOURCE -I. $(filter-out tests/%,$(SOURCES))
lint-cppcheck:
	$(call with_version,cppcheck,2.10,$(CPPCHECK))

# Of a priority that leaves the CPU to whatever wakes, as the tests beside it do. TIDY_NODES is how far the
# analyzer follows a function's paths: as far as is clang's custom, unless `./run.sh test` has no time for that.
TIDY_NODES := 225000
TIDY_DEPTH := $(foreach word,-analyzer-config max-nodes=$(TIDY_NODES),--extra-arg=-Xclang --extra-arg=$(word))
TIDIED := $(B)/tidy/$(TIDY_NODES)
TIDY := $(patsubst %,$(TIDIED)/%.ok,$(filter-out tests/%,$(SOURCES)))
lint-tidy:
	+$(call with_version,clang-tidy,14,$(MAKE) --no-print-directory lint-tidy-files)
lint-tidy-files: $(TIDY)
$(TIDIED)/%.ok: % .clang-tidy $(HEADERS)
	$(call say,TIDY,$<)
	@mkdir -p $(@D)
	$(Q)chrt --idle 0 clang-tidy --quiet --warnings-as-errors='*' $(TIDY_DEPTH) $< -- $(STD) $(MPI_CFLAGS) $(BUILD_INFO) $(HOST_INFO) $(PLACES) \
	 -DABSENT_ID=example -DABSENT_REASON='"an example"' 2>/dev/null
	@touch $@

clean:
	rm -rf build

-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d)

.PHONY: all manual install install-files uninstall baselines units variants fuzz fuzzers clean check check-units lint lint-quick lint-layers lint-terms \
        lint-format lint-programs lint-shell lint-cppcheck lint-tidy lint-tidy-files
.SECONDARY:
