# Ends a cluster that nobody has used for a minute. Users hold a shared lock on the file `users`.
# Usage: watchdog FOLDER stop|remove
cd /
folder=$1 end=$2

exec 9>"$folder/watchdog" && flock -n 9 || exit 0

idle=0
while sleep 5 && [ -d "$folder" ]; do
    data=$(cat "$folder/data-folder" 2>/dev/null || echo "$folder/data")
    if flock -n "$folder/users" true; then idle=$((idle + 5)); else idle=0; fi
    [ $idle -lt 60 ] && continue
    # Whoever comes from here on waits for the lock, and then starts the server again.
    exec 8>"$folder/users" && flock -n 8 && break
    idle=0
done

if [ -e "$data/postmaster.pid" ]; then
    kill -INT "$(head -n 1 "$data/postmaster.pid")"
    while [ -e "$data/postmaster.pid" ]; do sleep 0.2; done
fi
[ "$end" = stop ] || rm -rf "$data" "$folder"
