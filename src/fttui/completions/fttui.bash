# Completion of fttui for bash 3.2 and later.

_fttui() {
    local line flags=
    local -a lines
    lines=()
    COMPREPLY=()
    while IFS= read -r line; do
        lines+=("$line")
    done < <(command fttui __complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null </dev/null)
    flags=" ${lines[0]-} "
    COMPREPLY=("${lines[@]:1}")
    # compopt came with bash 4; without it names of files are offered where there is nothing else.
    if [[ $flags == *" begun "* ]]; then compopt -o nospace 2>/dev/null; fi
    if [[ $flags == *" folders "* ]]; then
        compopt -o dirnames +o default +o bashdefault 2>/dev/null
    elif [[ $flags != *" files "* ]]; then
        compopt +o default +o bashdefault 2>/dev/null
    fi
}

complete -o bashdefault -o default -F _fttui fttui
