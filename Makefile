# make run     install, build, and answer policy requests from standard input:
#                make run < requests             with the settings of dist-config/
#                make run CONFIG=my.conf < requests
# make test    install, build, check and test everything
# make check   types, lint and format alone
# make bench   measure speed and memory
.PHONY: build run test check bench clean

CONFIG = dist-config/tumgreyspf.conf

build: build/bin/tumgreyspf.js

# The packages are as the lock file has them.
node_modules/.package-lock.json: package.json package-lock.json
	@npm ci --loglevel=error >&2
	@touch $@

build/bin/tumgreyspf.js: node_modules/.package-lock.json .build.mjs $(shell find bin lib -name '*.ts')
	@node .build.mjs

# The sample settings name places that a mail server has; here they are in the checkout. So is the store of a file
# that names none. From a terminal, the sample requests are answered.
run: build
	@mkdir -p .run
	@cp "$(CONFIG)" .run/tumgreyspf.conf
	@if [ "$(CONFIG)" = dist-config/tumgreyspf.conf ]; then \
	  printf "\nconfigPath = 'file://%s/dist-config'\n" "$(CURDIR)" >> .run/tumgreyspf.conf; fi
	@if ! grep -Ei '^[[:blank:]]*(dbUrl|dbHost)[[:blank:]]*=' .run/tumgreyspf.conf | grep -qv '=[[:blank:]]*None'; then \
	  printf "\ndbUrl = 'lmdb://%s/.run/data'\n" "$(CURDIR)" >> .run/tumgreyspf.conf; fi
	@if [ -t 0 ]; then exec < dist-config/requests; fi; \
	  node build/bin/tumgreyspf.js .run/tumgreyspf.conf || \
	  { echo "make run: the policy server could not start: its settings are in .run/tumgreyspf.conf, and it says why in syslog" >&2; exit 1; }

check: node_modules/.package-lock.json
	@npm run --silent check

test: build
	@node tests/run-tests.mjs

bench: build
	@npx --no-install tsc -p .
	@node build/checked/tests/bench/bench.js $(BENCH)

clean:
	rm -rf build .run .tap
