/* tests/sql DATABASE STATEMENT...: runs them and prints what they give, a line a row, columns separated by |. */
#include <sqlite3.h>
#include <stdio.h>

static int print_row(void *self, int n, char **value, char **name) {
  (void)self;
  (void)name;
  for (int i = 0; i < n; i++)
    printf("%s%s", i ? "|" : "", value[i] ? value[i] : "NULL");
  printf("\n");
  return 0;
}

int main(int argc, char **argv) {
  sqlite3 *db = NULL;
  int bad = argc < 3 || sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK;
  for (int i = 2; i < argc && !bad; i++)
    bad = sqlite3_exec(db, argv[i], print_row, NULL, NULL) != SQLITE_OK;
  if (bad)
    fprintf(stderr, "sql: %s\n", db ? sqlite3_errmsg(db) : "usage: sql DATABASE STATEMENT...");
  sqlite3_close(db);
  return bad;
}
