# Thin: each command is one script of end2end/scripts. They end when make is killed, and hear Ctrl-C even where
# the shell that started make has background jobs ignore it.
RUN := @exec env --default-signal=INT setpriv --pdeathsig TERM end2end/scripts

.PHONY: help demo test dev bench screenshots psql clean
help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /\1 /p' Makefile | while read -r name text; do printf 'make %-11s  %s\n' "$$name" "$$text"; done

demo: ## install what is missing, build and start everything; Ctrl-C stops it
	$(RUN)/demo.sh

test: ## install what is missing and run every check
	$(RUN)/test.sh

dev: ## server, worker and cargo leptos watch against `supabase start`
	$(RUN)/dev.sh

bench: ## measure every figure of BENCHMARKS.md, or one group: make bench NAME=demo
	$(RUN)/bench.sh $(NAME)

screenshots: ## take the pictures in end2end/screenshots anew
	@SCREENSHOTS=screenshots exec env --default-signal=INT setpriv --pdeathsig TERM end2end/scripts/playwright.sh screenshots.spec

psql: ## open the tables that admins edit
	$(RUN)/psql.sh

clean: ## remove the demo's database, recordings and logs
	$(RUN)/clean.sh
