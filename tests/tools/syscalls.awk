# Reads what `strace -f -y -x` wrote of tend and says, a line each, what should not be there; at the end, counts.
#   awk -v allowed="/project/.tend /out" -v program=/usr/bin/tend -f syscalls.awk TRACE
# allowed: what may be written, with what is below it and with what begins so (temporary files).
# What is written, its bytes, is looked at by syscalls.sh.
function bad(text) {
    if (!(text in said)) print "BAD " text
    said[text] = 1
    errors++
}
function may_write(path,   i) {
    if (path ~ /^\/dev\/(null|zero|full|tty|ptmx|pts\/[0-9]+)$/ || path ~ /^\/memfd:/) return 1
    for (i = 1; i <= roots; i++)
        if (path == root[i] || index(path, root[i] "/") == 1) return 1
    # temporary files beside a named output
    if (path ~ /\/\.tend-[0-9]+-[0-9]+\.tmp$/)
        for (i = 1; i <= roots; i++)
            if (folder(path) == folder(root[i])) return 1
    return 0
}
function folder(path) {
    sub(/\/[^\/]*$/, "", path)
    return path == "" ? "/" : path
}
# The next path of `rest`: folder descriptor, if there is one, and name; cut off from it.
function next_path(   base, name) {
    base = cwd
    if (match(rest, /^[, ]*(AT_FDCWD|[0-9]+)<[^>]*>(\(deleted\))?, /)) {
        base = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
        sub(/^[^<]*</, "", base)
        sub(/>.*/, "", base)
    }
    if (!match(rest, /"[^"]*"/)) return ""
    name = substr(rest, RSTART + 1, RLENGTH - 2)
    rest = substr(rest, RSTART + RLENGTH)
    if (name !~ /^\//) name = base "/" name
    while (sub(/\/\.\//, "/", name) || sub(/\/\/+/, "/", name)) {}
    while (sub(/\/[^\/]+\/\.\.\//, "/", name)) {}
    sub(/\/\.$/, "", name)
    return name
}
# The path of the descriptor that `rest` begins with.
function descriptor(   path) {
    if (!match(rest, /^[0-9]+<[^>]*>/)) return ""
    path = substr(rest, RSTART, RLENGTH - 1)
    sub(/^[^<]*</, "", path)
    return path
}
function changes(path, how) {
    changed++
    if (!may_write(path)) bad(how ": " path)
}
function renamed(from, to,   path, moved) {
    changes(from, "renamed")
    changes(to, "renamed to")
    renames++
    for (path in dirty)
        if (path == from || index(path, from "/") == 1) {
            if (dirty[path]) bad("renamed before it was on the disk: " path " to " to)
            moved = to substr(path, length(from) + 1)
            delete dirty[path]
            dirty[moved] = 0
        }
    waiting[folder(to)] = to
}
BEGIN { roots = split(allowed, root, " ") }
{
    thread = $1
    at = index($0, "(")
    if (at == 0 || $2 ~ /^(<\.\.\.|---|\+\+\+)/) next
    call = $2
    sub(/\(.*/, "", call)
    rest = substr($0, at + 1)
    calls++
}
# Bytes that pass through no write are not looked at.
call ~ /^(sendfile|copy_file_range|splice)$/ { bad("copied by the system: " descriptor()) }
call ~ /^(write|pwrite64|writev|pwritev|pwritev2)$/ {
    path = descriptor()
    writes++
    if (path ~ /^\/dev\/(pts\/|tty)/) {
        drawn++
        if (undurable[thread]) bad("drawn before an answer was on the disk")
        if ($0 ~ /\\x1b\\x50(\\x3[0-9b])*\\x71/) pictures++
    } else if (path ~ /^\//) {
        dirty[path] = 1
        if (path ~ /\/project\.db-wal$/) undurable[thread] = 1
        if (!may_write(path)) bad("written: " path)
    }
    next
}
call ~ /^(fsync|fdatasync)$/ {
    path = descriptor()
    syncs++
    dirty[path] = 0
    delete waiting[path]
    if (path ~ /\/project\.db-wal$/) for (t in undurable) delete undurable[t]
    next
}
call ~ /^open(at|at2)?$|^creat$/ {
    path = next_path()
    opens++
    if (call == "creat" || rest ~ /O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)/) changes(path, "opened for writing")
    next
}
call ~ /^rename(at|at2)?$/ {
    from = next_path()
    renamed(from, next_path())
    next
}
call ~ /^symlink(at)?$/ {
    match(rest, /"[^"]*"/)
    rest = substr(rest, RSTART + RLENGTH)
    changes(next_path(), "linked")
    next
}
call ~ /^link(at)?$/ {
    next_path()
    changes(next_path(), "linked")
    next
}
call ~ /^(mkdir|mkdirat|rmdir|unlink|unlinkat|truncate|mknod|mknodat|chmod|fchmodat|chown|fchownat)$/ {
    path = next_path()
    changes(path, call)
    for (p in dirty) if (p == path || index(p, path "/") == 1) delete dirty[p]
    next
}
call == "mmap" {
    if (rest !~ /PROT_WRITE/ || rest !~ /MAP_SHARED/ || rest ~ /MAP_ANON/) next
    match(rest, /[0-9]+<[^>]*>/)
    rest = substr(rest, RSTART)
    path = descriptor()
    if (path !~ /-shm$/ && path !~ /^\/memfd:/) bad("mapped for writing: " path)
    next
}
# Who a person is libc may ask a process of this machine for (nscd, sssd).
call == "socket" && rest ~ /^AF_UNIX/ { next }
call == "connect" && rest ~ /sun_path="\/var\/(run\/nscd|lib\/sss)\// { next }
call ~ /^(socket|connect|bind|listen|accept|accept4|sendto|sendmsg|sendmmsg)$/ {
    sub(/\) += .*/, ")")
    sub(/^[0-9]+ +/, "")
    bad("network: " $0)
}
call ~ /^(execve|execveat)$/ {
    path = next_path()
    started++
    if (path != program && path !~ /^\/proc\/(self|[0-9]+)\/exe$/) bad("started: " path)
}
END {
    for (path in waiting) bad("a rename is not on the disk, its folder has no fsync: " waiting[path])
    printf "%d calls: %d opens, %d changes of files, %d writes (%d to the terminal, %d of them pictures), " \
        "%d renames, %d syncs, %d programs\n", calls, opens, changed, writes, drawn, pictures, renames, syncs, started
    exit errors > 0
}
