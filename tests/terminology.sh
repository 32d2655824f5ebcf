#!/usr/bin/env bash
# The terms of DESIGN.md, checked over sources, scripts, plots, tests and documentation: words that
# the project does not use, each with the term to use instead. Prints FILE:LINE: TEXT -> TERM for
# each line that has one, and exits with 1 if there is any. Only unambiguous words are listed.
set -euo pipefail
cd "$(dirname "$0")/.."

# WHERE | WORDS (an extended regular expression, whole words in any case) | TERM.
# c: C sources; code: these, SQL and all scripts; all: these and documentation.
words=(
    'all|ledgers?|resource usage (usage)'
    'all|blam(e|es|ed|ing)|latency breakdown (breakdown)'
    'all|foret(old|ells?|elling)|predicted, predicts'
    'all|lanes?|slot'
    'all|knees?|capacity at 50% efficiency (capacity)'
    'code|teachers?|summary'
    'all|hiccups?|host stall'
    'all|resent|resends?|sent again|SYN retransmissions, retransmitted'
    'all|of ideal|efficiency'
    'all|thinks?|thinking|thought|server delay (--delay)'
    'c|asks?|asked|asking|request, requested'
    'code|answer(s|ed|ing)?|unanswered|response, responds, completed'
    'code|gather(s|ed|ing)?|burst'
    'all|(fixed|gather) (shape|arrivals)|closed, burst'
    'all|shapes?|arrivals'
    'all|roles?|variant'
    'all|verdicts?|data quality, outcome'
    'all|odd (one|run|value|request)s?|outlier'
    'all|bears?|sustains, supports'
    'all|objections?|caveat'
    'all|gates?|check'
    'all|contests?|contenders?|ranking, candidate'
    'all|climb(s|ed|ing)?|ramp, raise the concurrency'
    'all|keepers?|supervisor'
    'code|patience|timeout'
    'all|(stand|stands|stood) still|stalls, stalled'
    'c|whom|which'
    'all|for want of|because there is no'
)

# Lines that may have such a word: extended regular expressions over "PATH:TEXT".
exceptions=(
    # Names of earlier versions that are still accepted: options, values and columns.
    '^(bench|lib|server)/[^:]*:.*(alias|earlier version|"(think|think=|shape|gather|ledger|verdict|role|answered)")'
    '^bench/drive/campaign_options\.c:.*"(overflow-shape|gather-from)"'
    '^docs/using\.md:\|.*(--think|--shape|--ledger|no-ledger|export --what|\?think=|think_s)'
    '^tests/cli/export\.bats:.*usage:ledger'
    '^docs/reference\.sh:.*at\["shape"\]'
    '^tests/unit/test_(options|plan|case_fields)\.c:.*(--shape|--overflow-shape|--think|"gather"|"shape")'
    '^bench/plan/case\.c:.*"no-ledger"'
    # An attribute of SVG.
    '^bench/show/pictures\.js:.*"shape-rendering"'
    # Tests of upgrades and golden files, which have the names of earlier versions.
    '^tests/unit/test_upgrade\.c:'
    '^tests/cli/golden\.bats:'
    # Only lessons have a verdict.
    '^[^:]*(lesson|evidence)[^:]*:.*[Vv]erdict'
    '^tests/cli/report\.bats:.*verdict'
    '^[^:]*:.*(lesson|finding|evidence|claim).*verdict'
    '^[^:]*:.*(result|found)(->|\.)verdict'
    '^bench/(keep/(schema\.sql|store\.h)|show/(report\.(c|css)|table\.c)):.*[Vv]erdict'
    '^tests/cli/terminal\.bats:.*Verdict'
    '^docs/lessons/README\.md:## Verdicts'
    # The answers to the exercises of lessons, which gather() the results and ask what you think.
    '^tests/cli/measured\.bats:.*answers'
    '^docs/lessons/'
    # Roles of HTML elements (ARIA), and asyncio.gather().
    '^[^:]*:.*(role=|\.role\b|"role"|asyncio\.gather)'
)

files() { # WHERE: those to check, without records of earlier versions
    local patterns=('*.c' '*.h')
    [[ $1 == c ]] || patterns+=('*.sh' '*.bash' '*.bats' '*.gp' '*.awk' '*.py' '*.js' '*.mjs' '*.go' '*.css'
        bench/keep/schema.sql Makefile .ci/run)
    [[ $1 != all ]] || patterns+=('*.md')
    git ls-files -z -- "${patterns[@]}" ':!tests/golden' ':!results' ':!tests/terminology.sh'
}

allowed() {
    local IFS='|'
    echo "${exceptions[*]}"
}

found() {
    local row where regexp
    for row in "${words[@]}"; do
        where=${row%%|*} regexp=${row#*|} && regexp=${regexp%|*}
        # "PATH:TEXT<TAB>LINE<TAB>TERM", for the exceptions to match against.
        files "$where" | xargs -0 grep -nwiE "$regexp" /dev/null |
            sed -E "s/^([^:]*):([0-9]+):[[:space:]]*(.*)/\1:\3\t\2\t${row##*|}/" |
            grep -vE "$(allowed)" || true
    done
}

hits=$(found)
sed -E 's/^([^:]*):(.*)\t([0-9]+)\t([^\t]*)$/\1:\3: \2  -> \4/' <<<"${hits:-}" | sed '/^$/d'
[[ -z $hits ]]
