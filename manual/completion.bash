# shellcheck shell=bash
# The folder that the command line names with --results.
_waitbench_results() { # WORD...
    local word results=results
    while (($#)); do
        word=$1
        shift
        [[ $word == --results ]] || continue
        [[ ${1-} != '=' ]] || shift
        results=${1:-results}
    done
    printf '%s\n' "$results"
}

# The last of a list, separated by commas, from these words.
_waitbench_complete_words() { # CURRENT WORD...
    local current=$1 before='' word
    [[ $current != *,* ]] || before=${current%,*},
    shift
    for word; do
        [[ $word != "${current##*,}"* ]] || COMPREPLY+=("$before$word")
    done
}

# Campaigns are folders; names that a shell would not take as they are, are none of ours.
_waitbench_complete_campaigns() { # CURRENT RESULTS
    local folder names=(latest)
    for folder in "$2"/*/report.html; do
        folder=${folder%/report.html}
        folder=${folder##*/}
        [[ ! $folder =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ || $folder == latest ]] || names+=("$folder")
    done
    _waitbench_complete_words "$1" "${names[@]}"
}

_waitbench_complete_paths() { # CURRENT ACTION
    local path
    compopt -o filenames 2>/dev/null
    while IFS= read -r path; do
        COMPREPLY+=("$path")
    done < <(compgen -A "$2" -- "$1")
}

_waitbench_complete_value() { # CURRENT RESULTS KIND [WORD...]
    case $3 in
    words) _waitbench_complete_words "$1" "${@:4}" ;;
    files) _waitbench_complete_paths "$1" file ;;
    folders) _waitbench_complete_paths "$1" directory ;;
    campaigns) _waitbench_complete_campaigns "$1" "$2" ;;
    esac
}

_waitbench() {
    local current=${COMP_WORDS[COMP_CWORD]} before=$((COMP_CWORD - 1)) command=randintd values words
    COMPREPLY=()
    if [[ ${1##*/} != randintd ]]; then
        command=${COMP_WORDS[1]}
        if ((COMP_CWORD == 1)); then
            read -ra words < <(_waitbench_commands)
            _waitbench_complete_words "$current" "${words[@]}"
            return
        fi
    fi
    # '--driver=libev' is three words here.
    [[ $current != '=' ]] || current='' before=$COMP_CWORD
    [[ ${COMP_WORDS[before]} != '=' ]] || ((before--))
    values=$(_waitbench_values "$command" "${COMP_WORDS[before]}")
    if [[ ${COMP_WORDS[before]} == -* && -n $values ]]; then
        read -ra words <<<"$values"
    elif [[ $current == -* ]]; then
        read -ra words < <(_waitbench_options "$command")
        _waitbench_complete_words "$current" "${words[@]}"
        return
    else
        read -ra words < <(_waitbench_values "$command" '')
    fi
    _waitbench_complete_value "$current" "$(_waitbench_results "${COMP_WORDS[@]}")" "${words[@]:-any}"
}

complete -F _waitbench waitbench randintd
