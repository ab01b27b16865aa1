# Completion of fttui for fish.

function __fttui_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (command fttui __complete fish $words[2..-1] "$current" 2>/dev/null </dev/null)
    set -l flags $lines[1]
    if test (count $lines) -gt 1
        printf '%s\n' $lines[2..-1]
    end
    if string match -q -- '*files*' "$flags"
        __fish_complete_path (string replace -r -- '^--[a-z-]+=' '' "$current")
    else if string match -q -- '*folders*' "$flags"
        __fish_complete_directories (string replace -r -- '^--[a-z-]+=' '' "$current")
    end
end

complete -c fttui -f -a '(__fttui_complete)'
