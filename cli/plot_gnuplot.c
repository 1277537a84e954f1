/* fugue plot: prepared data to a figure, by gnuplot and a template. */
#include "cli/plot.h"

#include "core/files.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { TERMINAL, STYLE, TEMPLATE, PARTS }; /* of a script, after its variables */

enum fg_err fg_figure_open(struct fg_figure *figure, struct fg_fault *fault) {
  const char *tmp = getenv("TMPDIR");
  char folder[sizeof figure->folder];
  int n = snprintf(folder, sizeof folder, "%s/fugue-plot-XXXXXX", tmp && *tmp ? tmp : "/tmp");
  if (n < 0 || n >= (int)sizeof folder)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "TMPDIR is too long");
  if (!mkdtemp(folder))
    return fg_fail(fault, FG_EIO, folder, 0, "cannot be made: %s", strerror(errno));
  memcpy(figure->folder, folder, sizeof folder);
  snprintf(figure->data_path, sizeof figure->data_path, "%s/data.csv", folder);
  snprintf(figure->variables_path, sizeof figure->variables_path, "%s/variables.gp", folder);
  snprintf(figure->message_path, sizeof figure->message_path, "%s/messages", folder);
  figure->data = fopen(figure->data_path, "w");
  figure->variables = fopen(figure->variables_path, "w");
  if (!figure->data || !figure->variables)
    return fg_fail(fault, FG_EIO, folder, 0, "cannot be written to: %s", strerror(errno));
  return FG_OK;
}

/* gnuplot's single quotes take everything but a newline literally; a quote is written twice */
static void write_quoted(FILE *f, const char *text) {
  fputc('\'', f);
  for (; *text; text++)
    if (*text == '\'')
      fputs("''", f);
    else
      fputc(*text == '\n' || *text == '\r' ? ' ' : *text, f);
  fputc('\'', f);
}

void fg_figure_text(struct fg_figure *figure, const char *name, const char *text) {
  fprintf(figure->variables, "%s = ", name);
  write_quoted(figure->variables, text);
  fputc('\n', figure->variables);
}

void fg_figure_csv(struct fg_figure *figure, const char *text) {
  fputc('"', figure->data);
  for (; *text; text++)
    if (*text == '"')
      fputs("\"\"", figure->data);
    else
      fputc(*text == '\n' || *text == '\r' ? ' ' : *text, figure->data);
  fputc('"', figure->data);
}

static enum fg_err write_format(FILE *f, const char *output, struct fg_fault *fault) {
  static const char *const formats[] = {"svg", "pdf", "png"};
  const char *dot = strrchr(output, '.');
  for (size_t i = 0; dot && i < sizeof formats / sizeof *formats; i++)
    if (strcmp(dot + 1, formats[i]) == 0) {
      fprintf(f, "FORMAT = '%s'\n", formats[i]);
      return FG_OK;
    }
  return fg_fail(fault, FG_EUSAGE, output, 0, "the name of a figure ends in .svg, .pdf or .png");
}

/* $FUGUE_PLOTS, so that a build that is not installed finds its templates; otherwise where they are installed */
static enum fg_err find_template(const char *name, char *path, struct fg_fault *fault) {
  const char *folder = getenv("FUGUE_PLOTS");
  int n = folder && *folder ? snprintf(path, FG_PATH_MAX, "%s/%s.gp", folder, name)
                            : snprintf(path, FG_PATH_MAX, "%s/plots/%s.gp", FUGUE_DATADIR, name);
  if (n < 0 || n >= FG_PATH_MAX)
    return fg_fail(fault, FG_EUSAGE, NULL, 0, "FUGUE_PLOTS is too long");
  if (access(path, R_OK) != 0)
    return fg_fail(fault, FG_EIO, path, 0, "cannot be read: %s (FUGUE_PLOTS names the folder of the templates)",
                   strerror(errno));
  return FG_OK;
}

enum fg_err fg_figure_ready(const char *template_name, struct fg_fault *fault) {
  char path[FG_PATH_MAX];
  return find_template(template_name, path, fault);
}

/* The first lines of what gnuplot said. */
static void read_message(const char *path, char *out, size_t size) {
  FILE *f = fopen(path, "r");
  size_t n = f ? fread(out, 1, size - 1, f) : 0;
  out[n] = 0;
  if (f)
    fclose(f);
  while (n > 0 && (out[n - 1] == '\n' || out[n - 1] == ' '))
    out[--n] = 0;
}

static enum fg_err run_gnuplot(struct fg_figure *figure, char *path[PARTS], struct fg_fault *fault) {
  char *argv[] = {"gnuplot", "-d", figure->variables_path, path[TERMINAL], path[STYLE], path[TEMPLATE], NULL};
  posix_spawn_file_actions_t actions;
  pid_t pid;
  int status;
  if (posix_spawn_file_actions_init(&actions))
    return fg_fail(fault, FG_ENOMEM, NULL, 0, "not enough memory");
  int failed =
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) ||
      posix_spawn_file_actions_addopen(&actions, 1, figure->message_path, O_WRONLY | O_CREAT | O_TRUNC, 0600) ||
      posix_spawn_file_actions_adddup2(&actions, 1, 2);
  int reason = failed ? ENOMEM : posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (reason == ENOENT)
    return fg_fail(fault, FG_EIO, NULL, 0,
                   "gnuplot is not installed (Debian: gnuplot-nox), and figures are drawn by it");
  if (reason)
    return fg_fail(fault, FG_EIO, NULL, 0, "gnuplot cannot be started: %s", strerror(reason));
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return fg_fail(fault, FG_EIO, NULL, 0, "gnuplot was lost: %s", strerror(errno));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    char message[600];
    read_message(figure->message_path, message, sizeof message);
    return fg_fail(fault, FG_EIO, NULL, 0, "gnuplot failed: %s", message);
  }
  return FG_OK;
}

/* True if everything written to *file arrived. Closes it. */
static bool finish(FILE **file) {
  bool good = !ferror(*file);
  good = fclose(*file) == 0 && good;
  *file = NULL;
  return good;
}

/* gnuplot says nothing and exits with 0 if the disk is full: does the file have its end? */
static bool is_whole(const char *path) {
  static const char *const ends[] = {"</svg>", "%%EOF", "IEND"};
  char tail[33] = "";
  FILE *f = fopen(path, "rb");
  size_t n = f && fseek(f, -32, SEEK_END) == 0 ? fread(tail, 1, 32, f) : 0;
  if (f)
    fclose(f);
  for (size_t e = 0; e < sizeof ends / sizeof *ends; e++)
    for (size_t i = 0; i + strlen(ends[e]) <= n; i++)
      if (memcmp(tail + i, ends[e], strlen(ends[e])) == 0)
        return true;
  return false;
}

/* ---- for editing by hand */

static enum fg_err append_file(FILE *out, const char *path, struct fg_fault *fault) {
  char buffer[8192];
  size_t n;
  FILE *f = fopen(path, "r");
  if (!f)
    return fg_fail(fault, FG_EIO, path, 0, "cannot be read: %s", strerror(errno));
  while ((n = fread(buffer, 1, sizeof buffer, f)) > 0)
    fwrite(buffer, 1, n, out);
  bool good = !ferror(f);
  fclose(f);
  return good ? FG_OK : fg_fail(fault, FG_EIO, path, 0, "cannot be read");
}

static void name_output(FILE *f, double width_cm, double height_cm, const char *data, const char *output) {
  fprintf(f, "WIDTH = %.6f\nHEIGHT = %.6f\nDATA = ", width_cm, height_cm);
  write_quoted(f, data);
  fputs("\nOUTPUT = ", f);
  write_quoted(f, output);
  fputc('\n', f);
}

/* One script of all parts, which draws the same figure beside itself. */
static enum fg_err write_script(struct fg_figure *figure, char *path[PARTS], double width_cm, double height_cm,
                                const struct fg_plot_options *options, const char *name, struct fg_fault *fault) {
  struct fg_out script = {0}, data = {0};
  char script_path[FG_PATH_MAX], data_path[FG_PATH_MAX];
  enum fg_err err = FG_OK;
  if (mkdir(options->gp, 0777) != 0 && errno != EEXIST)
    return fg_fail(fault, FG_EUSAGE, options->gp, 0, "cannot be made: %s", strerror(errno));
  err = fg_path_join(options->gp, "figure.gp", script_path, fault);
  if (!err)
    err = fg_path_join(options->gp, "data.csv", data_path, fault);
  if (!err)
    err = fg_out_open(&script, script_path, fault);
  if (!err)
    err = fg_out_open(&data, data_path, fault);
  if (!err)
    err = append_file(data.file, figure->data_path, fault);
  if (!err) {
    fprintf(script.file,
            "# Draws %s from data.csv. In this folder:  gnuplot figure.gp\n"
            "# FORMAT may be 'svg', 'pdf' or 'png'; OUTPUT is to end accordingly.\n",
            name);
    err = append_file(script.file, figure->variables_path, fault);
  }
  if (!err)
    name_output(script.file, width_cm, height_cm, "data.csv", name);
  for (int i = 0; !err && i < PARTS; i++) {
    fputs("\n# ---------------------------------------------------------------------------\n", script.file);
    err = append_file(script.file, path[i], fault);
  }
  if (!err)
    err = fg_out_commit(&data, fault);
  if (!err)
    err = fg_out_commit(&script, fault);
  fg_out_discard(&data);
  fg_out_discard(&script);
  return err;
}

enum fg_err fg_figure_draw(struct fg_figure *figure, const char *template_name, double width_cm, double height_cm,
                           const struct fg_plot_options *options, struct fg_fault *fault) {
  char store[PARTS][FG_PATH_MAX], *path[PARTS], target[FG_PATH_MAX], temporary[FG_PATH_MAX + 32], name[FG_PATH_MAX];
  const char *const parts[PARTS] = {[TERMINAL] = "terminal", [STYLE] = "style", [TEMPLATE] = template_name};
  enum fg_err err = FG_OK;
  if (options->output)
    snprintf(name, sizeof name, "%s",
             strrchr(options->output, '/') ? strrchr(options->output, '/') + 1 : options->output);
  else
    snprintf(name, sizeof name, "%s.svg", options->figure);
  if (options->output)
    err = fg_out_target(options->output, target, fault);
  for (int i = 0; !err && i < PARTS; i++) {
    path[i] = store[i];
    err = find_template(parts[i], path[i], fault);
  }
  if (!err)
    err = write_format(figure->variables, name, fault);
  if (err)
    return err;
  bool written = finish(&figure->data);
  written = fflush(figure->variables) == 0 && !ferror(figure->variables) && written;
  if (!written)
    return fg_fail(fault, FG_EIO, figure->folder, 0, "cannot be written to");
  if (options->gp)
    err = write_script(figure, path, width_cm, height_cm, options, name, fault);
  if (err || !options->output)
    return err;
  /* "./": gnuplot would take a name that starts with '|' for a command */
  snprintf(temporary, sizeof temporary, "%s%s.%ld.tmp", *target == '/' ? "" : "./", target, (long)getpid());
  name_output(figure->variables, width_cm, height_cm, figure->data_path, temporary);
  if (!finish(&figure->variables))
    return fg_fail(fault, FG_EIO, figure->folder, 0, "cannot be written to");
  FILE *probe = fopen(temporary, "w"); /* gnuplot would not say why */
  if (!probe)
    return fg_fail(fault, FG_EUSAGE, options->output, 0, "cannot be written: %s", strerror(errno));
  fclose(probe);
  err = run_gnuplot(figure, path, fault);
  if (!err && !is_whole(temporary))
    err = fg_fail(fault, FG_EIO, options->output, 0, "cannot be written as a whole (is the disk full?)");
  if (!err && rename(temporary, target) != 0)
    err = fg_fail(fault, FG_EIO, options->output, 0, "cannot be written: %s", strerror(errno));
  if (err)
    unlink(temporary);
  return err;
}

void fg_figure_close(struct fg_figure *figure) {
  if (figure->data)
    fclose(figure->data);
  if (figure->variables)
    fclose(figure->variables);
  if (figure->folder[0]) {
    unlink(figure->data_path);
    unlink(figure->variables_path);
    unlink(figure->message_path);
    rmdir(figure->folder);
  }
}
