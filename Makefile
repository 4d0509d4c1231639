# make run     install, build, and answer policy requests from standard input:
#                make run < requests             with the settings of dist-config/
#                make run CONFIG=my.conf < requests
# make test    install, build, check and test everything:
#                make test TESTS="unit/net sessions"   only files whose path contains one of these words
# make check   check types, lint and format
# make fuzz    search for inputs that break a parser, for a minute:
#                make fuzz FUZZ="--target request --seconds 3600"      see FUZZ=--help
# make soak    send a day's traffic of a busy mail server, in a few minutes:
#                make soak SOAK="--requests 200000"                    see SOAK=--help
# make sbom    list all packages that the programs contain or load, in build/sbom.cdx.json
# make bench   measure speed and memory
# make install, make uninstall
#              install programs, settings, cron entry and manual pages, as root; existing settings and data are kept:
#                make install                      on this machine
#                make install DESTDIR=/some/root   into a directory tree, without creating a user
# make deb     build a Debian package in build/
.PHONY: build run test check fuzz soak sbom bench clean stage install uninstall deb

CONFIG = dist-config/tumgreyspf.conf

# Installation directories. The policy user can only write to data/ in TGSDATA.
TGSPROG = /usr/local/lib/tumgreyspf
TGSDATA = /var/local/lib/tumgreyspf
TGSUSER = tumgreyspf
SBINDIR = /usr/local/sbin
MANDIR = /usr/local/share/man
DOCDIR = /usr/local/share/doc/tumgreyspf
BASHCOMPLETIONS = /usr/local/share/bash-completion/completions
ZSHCOMPLETIONS = /usr/local/share/zsh/site-functions
# The launchers run node by this path, because Postfix starts them with almost no environment; the policy user must be
# able to run it. NODEFLAGS, for Node and V8, are written to the launchers too;
# without any, install.sh chooses them.
NODE = $(shell command -v node)
NODEFLAGS =
SETTINGS = /etc/tumgreyspf
STAGE = build/stage
CRON = /etc/cron.d/tumgreyspf

build: build/bin/tumgreyspf.js

# Packages as pinned in the lock file.
node_modules/.package-lock.json: package.json package-lock.json
	@npm ci --loglevel=error >&2
	@touch $@

build/bin/tumgreyspf.js: node_modules/.package-lock.json dist-config/packaging/build.mjs \
    $(shell find bin lib dist-config/packaging -name '*.ts')
	@node dist-config/packaging/build.mjs

# The paths in the sample settings are replaced by paths in the checkout, as is the store if the file names none.
# At a terminal, the sample requests are answered.
run: build
	@mkdir -p .run/config
	@cp dist-config/__default__ .run/config/
	@cp "$(CONFIG)" .run/tumgreyspf.conf
	@if [ "$(CONFIG)" = dist-config/tumgreyspf.conf ]; then \
	  printf "\nconfigPath = 'file://%s/.run/config'\n" "$(CURDIR)" >> .run/tumgreyspf.conf; fi
	@if ! grep -Ei '^[[:blank:]]*(dbUrl|dbHost)[[:blank:]]*=' .run/tumgreyspf.conf | grep -qv '=[[:blank:]]*None'; then \
	  printf "\ndbUrl = 'sqlite://%s/.run/data/tumgreyspf.db'\n" "$(CURDIR)" >> .run/tumgreyspf.conf; fi
	@if [ -t 0 ]; then exec < dist-config/requests; fi; \
	  node build/bin/tumgreyspf.js .run/tumgreyspf.conf || \
	  { echo "make run: the policy server could not start; its settings are in .run/tumgreyspf.conf:" >&2; \
	    node build/bin/tumgreyspf-configtest.js .run/tumgreyspf.conf | grep '^error' >&2; exit 1; }

check: node_modules/.package-lock.json
	@npm run --silent check

test: build
	@node tests/run-tests.mjs $(TESTS)

fuzz: node_modules/.package-lock.json
	@npx --no-install tsc -p .
	@node build/checked/tests/fuzz/fuzz.js $(FUZZ)

soak: build
	@npx --no-install tsc -p .
	@node build/checked/tests/soak/soak.js $(SOAK)

sbom: build
	@node dist-config/packaging/sbom.mjs

bench: build
	@npx --no-install tsc -p .
	@node build/checked/tests/bench/bench.js $(BENCH)

stage: build
	@node dist-config/packaging/stage.mjs "$(STAGE)" "$(NODE)"

# What install.sh is told.
PLACES = DESTDIR="$(DESTDIR)" TGSPROG="$(TGSPROG)" TGSDATA="$(TGSDATA)" TGSUSER="$(TGSUSER)" SBINDIR="$(SBINDIR)" \
  MANDIR="$(MANDIR)" DOCDIR="$(DOCDIR)" SETTINGS="$(SETTINGS)" CRON="$(CRON)" \
  BASHCOMPLETIONS="$(BASHCOMPLETIONS)" ZSHCOMPLETIONS="$(ZSHCOMPLETIONS)"

install: stage
	@$(PLACES) NODE="$(NODE)" NODEFLAGS="$(NODEFLAGS)" STAGE="$(STAGE)" sh dist-config/packaging/install.sh install

uninstall:
	@$(PLACES) sh dist-config/packaging/install.sh uninstall

# Debian's own node, unless another is named: then the package does not ask for Debian's.
ifneq ($(filter command environment,$(firstword $(origin NODE))),)
DEBNODE = $(NODE)
else
DEBNODE = /usr/bin/node
endif

# debhelper talks a lot; what it said is shown if it fails.
deb: node_modules/.package-lock.json
	@command -v dh >/dev/null || { echo "make deb: no debhelper: apt install debhelper" >&2; exit 1; }
	@mkdir -p build
	@NODE="$(DEBNODE)" NODEFLAGS="$(NODEFLAGS)" PACKAGES=build debian/rules binary >build/deb.log 2>&1 || \
	  { cat build/deb.log >&2; exit 1; }
	@ls -t build/tumgreyspf_*.deb | head -n 1
	@dh_clean

clean:
	rm -rf build .run .tap
