# Completion of fttui for fish.

function __fttui_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l current (string unescape -- "$typed")
    or set current (string replace -r -- '^[\'"]' '' "$typed")
    set -l lines (command fttui __complete fish $words[2..-1] "$current" 2>/dev/null </dev/null)
    if test (count $lines) -gt 1
        printf '%s\n' $lines[2..-1]
    end
    set -l begun (string match -r -- '^--[a-z-]+=' "$current")
    set -l path (string replace -r -- '^--[a-z-]+=' '' "$current")
    if string match -q -- '*files*' "$lines[1]"
        printf "$begun%s\n" (__fish_complete_path "$path")
    else if string match -q -- '*folders*' "$lines[1]"
        printf "$begun%s\n" (__fish_complete_directories "$path")
    end
end

complete -c fttui -f -a '(__fttui_complete)'
