#include "labels/store_file.h"

#include <stdio.h>
#include <unistd.h>

int store_file_open(const char *path, int flags, sqlite3 **db)
{
    *db = NULL;
    /* "./" so that no name is read as a URI or as one of SQLite's own (":memory:"). */
    char *file = sqlite3_mprintf("%s%s", path[0] == '/' ? "" : "./", path);
    if (!file)
        return SQLITE_NOMEM;
    int code = sqlite3_open_v2(file, db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    sqlite3_free(file);
    if (code != SQLITE_OK)
        return code;
    sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    return SQLITE_OK;
}

const char *store_text(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text ? text : "";
}

void store_file_remove(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char name[4096];
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if ((size_t)snprintf(name, sizeof name, "%s%s", path, endings[i]) < sizeof name)
            unlink(name);
}
