/* main.c: a few hundred SQL statements, with their results. Built for a process and for the host, the program prints
 * the same.
 *
 * It consists of this program, libsqlite3.so and libc.so, which need liballoc.so.
 *
 * Usage: sql [ROWS]: the number of rows to insert, 100,000 by default.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite3.h"

/* The statements of schema.sql and queries.sql, which the build converts to strings. */
extern const char schema_sql[];
extern const char queries_sql[];

/* ---- Running and printing ------------------------------------------------------------------------------------ */

static int statements;

/* Prints a row as the shell of SQLite does. Numbers become text in SQLite, not in printf. */
static void print_row(sqlite3_stmt *statement) {
    int columns = sqlite3_column_count(statement);
    for (int i = 0; i < columns; i++) {
        const unsigned char *text = sqlite3_column_text(statement, i);
        printf("%s%s", i == 0 ? "" : "|", text == NULL ? "NULL" : (const char *)text);
    }
    printf("\n");
}

/* Steps a statement to its end, and finalizes it. An error is a result like any other. */
static void run(sqlite3 *db, sqlite3_stmt *statement) {
    int status;
    while ((status = sqlite3_step(statement)) == SQLITE_ROW)
        print_row(statement);
    if (status != SQLITE_DONE)
        printf("error %d: %s\n", sqlite3_extended_errcode(db), sqlite3_errmsg(db));
    sqlite3_finalize(statement);
    statements++;
}

/* Prints a statement in one line. */
static void print_statement(const char *text, size_t size) {
    printf("> ");
    for (size_t i = 0; i < size; i++)
        if (text[i] != '\n')
            putchar(text[i]);
        else if (i + 1 < size)
            putchar(' ');
    printf("\n");
}

/* Runs the statements of a text, one after the other. */
static void run_all(sqlite3 *db, const char *text) {
    while (*(text += strspn(text, " \n")) != '\0') {
        sqlite3_stmt *statement;
        const char *rest;
        int status = sqlite3_prepare_v2(db, text, -1, &statement, &rest);
        if (status != SQLITE_OK) {
            /* Its end is unknown: the statement is taken to end with the line. */
            rest = text + strcspn(text, "\n");
            print_statement(text, (size_t)(rest - text));
            printf("error %d: %s\n", sqlite3_extended_errcode(db), sqlite3_errmsg(db));
            statements++;
        } else if (statement != NULL) {
            print_statement(text, (size_t)(rest - text));
            run(db, statement);
        }
        text = rest;
    }
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *text) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) == SQLITE_OK)
        return statement;
    fprintf(stderr, "sql: %s: %s\n", text, sqlite3_errmsg(db));
    exit(EXIT_FAILURE);
}

/* ---- The parts ----------------------------------------------------------------------------------------------- */

/* Computed sales: the same in every run, spread over customers, products and days. */
static void insert_sales(sqlite3 *db, int rows) {
    sqlite3_stmt *insert = prepare(db, "INSERT INTO sale (id, customer, product, day, count, price, note)"
                                       " VALUES (?, ?, ?, date('2020-01-01', ? || ' days'), ?, ?, ?)");
    unsigned state = 12345;
    for (int i = 1; i <= rows; i++) {
        char note[32];
        state = state * 1103515245u + 12345u;
        unsigned chance = state >> 8;
        snprintf(note, sizeof note, "note %06x", chance & 0xFFFFFF);
        sqlite3_bind_int(insert, 1, i);
        sqlite3_bind_int(insert, 2, (int)(chance % 200) + 1);
        sqlite3_bind_int(insert, 3, (int)(chance / 200 % 50) + 1);
        sqlite3_bind_int(insert, 4, (int)(chance / 7 % 730));
        sqlite3_bind_int(insert, 5, (int)(chance % 9) + 1);
        sqlite3_bind_double(insert, 6, (double)(chance % 100000) / 64.0);
        if (chance % 10 == 0)
            sqlite3_bind_null(insert, 7);
        else
            sqlite3_bind_text(insert, 7, note, -1, SQLITE_TRANSIENT);
        if (sqlite3_step(insert) != SQLITE_DONE)
            printf("insert %d: %s\n", i, sqlite3_errmsg(db));
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    statements += rows;
}

/* The same queries with many parameters. */
static void run_reports(sqlite3 *db) {
    static const char *const reports[] = {
        "SELECT strftime('%Y-%m', day) AS month, count(*), sum(count), sum(count * price) FROM sale"
        " WHERE customer = ?1 GROUP BY month ORDER BY 4 DESC LIMIT 3",
        "SELECT p.name, total(s.count * s.price) AS t FROM sale s JOIN product p ON p.id = s.product"
        " WHERE s.customer BETWEEN ?1 AND ?1 + 4 GROUP BY p.id ORDER BY t DESC, p.name LIMIT 3",
        "SELECT id, day, note, price FROM sale WHERE product = (?1 % 50) + 1 AND price > 1500"
        " ORDER BY price, id LIMIT 3",
        "SELECT count(*), min(note), max(note), avg(price) FROM sale"
        " WHERE day BETWEEN date('2020-01-01', ?1 || ' days') AND date('2020-01-01', (?1 + 7) || ' days')",
    };
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++)
        for (int parameter = 1; parameter <= 200; parameter += 8) {
            sqlite3_stmt *statement = prepare(db, reports[i]);
            sqlite3_bind_int(statement, 1, parameter);
            printf("> report %zu of %d\n", i + 1, parameter);
            run(db, statement);
        }
}

/* A function of this program that SQLite calls back, through the function table. */
static void initials(sqlite3_context *context, int count, sqlite3_value **values) {
    const unsigned char *text = sqlite3_value_text(values[0]);
    char out[16];
    int size = 0;
    (void)count;
    for (const unsigned char *p = text; p != NULL && *p != '\0' && size < (int)sizeof out; p++)
        if (p == text || p[-1] == ' ')
            out[size++] = (char)*p;
    sqlite3_result_text(context, out, size, SQLITE_TRANSIENT);
}

int main(int argc, char **argv) {
    sqlite3 *db;
    int rows = argc > 1 ? atoi(argv[1]) : 100000;
    if (sqlite3_open("example.db", &db) != SQLITE_OK) {
        fprintf(stderr, "sql: the database can't be opened: %s\n", sqlite3_errmsg(db));
        return EXIT_FAILURE;
    }
    sqlite3_create_function(db, "initials", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, initials, NULL, NULL);
    run_all(db, schema_sql);
    run_all(db, "BEGIN");
    insert_sales(db, rows);
    run_all(db, "COMMIT");
    run_all(db, queries_sql);
    run_reports(db);
    if (sqlite3_close(db) != SQLITE_OK) {
        fprintf(stderr, "sql: the database can't be closed: %s\n", sqlite3_errmsg(db));
        return EXIT_FAILURE;
    }
    printf("%d statements\n", statements);
    return EXIT_SUCCESS;
}
