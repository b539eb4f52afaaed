/* The command line, and the results as JSON lines on standard output: one object for each step, then for the search. */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "dialects.h"

static const char *usage =
    "load --dialect NAME --port N [--rooms N] [--players N] [--senders N] [--rate R] [--search START] [options]\n"
    "load --dialect NAME --port N [--rooms N] [--players N] --steers R [options]\n"
    "  --dialect NAME   roomcast, counted, plain, socketio, nats, colyseus\n"
    "  --rooms N        number of rooms (1), with --players N in each (100), of whom --senders N send (all)\n"
    "  --rate R         one step at R copies per second; --times N for several (1)\n"
    "  --to N           each command is private to N players beside its sender, who rotate (Roomcast only)\n"
    "  --room NAME      prefix of the room names (default: from the process id, so that loads use rooms of their own)\n"
    "  --newcomers N    N more connections join within the first second of the step, and are timed\n"
    "  --filler N       add a string of N bytes to the arguments of each command\n"
    "  --search R       after that, search the highest rate held, from R copies per second, growing by --growth G (2)\n"
    "  --seconds S      duration of each step (1.5)\n"
    "  --gather         write all due commands of one connection together (default: one write for each)\n"
    "  --limit MS       required: a rate is held if the 99th percentile of the latency is below MS;\n"
    "                   with --steers, gaps between two updates are counted that are longer\n"
    "  --disturbed S    for --search: repeat a failed step if the run delay took more than this share of its time\n"
    "  --steers R       rooms that tick: each player sends R commands a second, and what is counted is updates\n"
    "  --warm-up S      for --steers: seconds before anything is counted (1)\n"
    "  --stay           for --steers: keep the connections after that, until the end of standard input\n"
    "  --keep FILE      for --steers: write what the first player reads, a payload a line\n"
    "  --pid N          process id of the server, for its processor time\n"
    "  --paths FILE     one path for each connection, one a line, for servers that reserve seats\n";

static void print_step(const struct step *one) {
    printf("{\"rate\":%.0f,\"seconds\":%.3f,\"held\":%s,\"complete\":%s,\"one_order\":%s,\"given_up\":%s,\"commands\":%lu,"
           "\"copies\":%lu,\"expected\":%lu,\"frames\":%lu,\"frames_read\":%lu,\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f,\"late_p99\":%.3f,"
           "\"late_max\":%.3f,\"busy\":%.3f,\"run_delay\":%.3f,\"user\":%.2f,\"kernel\":%.2f,\"cpu\":%.6f,\"server_run_delay\":%.3f}\n",
           one->rate, one->seconds, one->held ? "true" : "false", one->complete ? "true" : "false",
           one->one_order ? "true" : "false", one->given_up ? "true" : "false", one->commands, one->copies, one->expected,
           one->frames, one->frames_read, one->p50, one->p99, one->p999, one->most, one->late_p99, one->late_most, one->busy,
           one->run_delay, one->server_user, one->server_kernel, one->server_cpu, one->server_run_delay);
    fflush(stdout);
}

static void print_play(const struct play *one) {
    const struct step *by = &one->generator;
    printf("{\"seconds\":%.3f,\"steers\":%lu,\"updates\":%lu,\"least\":%lu,\"frames\":%lu,\"bytes_in\":%lu,\"bytes_out\":%lu,"
           "\"gap_p50\":%.3f,\"gap_p99\":%.3f,\"gap_max\":%.3f,\"gaps\":%lu,\"long_gaps\":%lu,\"late_p99\":%.3f,\"late_max\":%.3f,"
           "\"busy\":%.3f,\"run_delay\":%.3f,\"user\":%.2f,\"kernel\":%.2f,\"cpu\":%.6f,\"server_run_delay\":%.3f}\n",
           one->seconds, one->steers, one->updates, one->least, one->frames, one->bytes_in, one->bytes_out, one->gap_p50,
           one->gap_p99, one->gap_most, one->gaps, one->long_gaps, by->late_p99, by->late_most, by->busy, by->run_delay,
           by->server_user, by->server_kernel, by->server_cpu, by->server_run_delay);
    fflush(stdout);
}

static void make_rooms(struct load *load, const char *prefix) {
    load->connections = load->rooms * load->players;
    load->room = calloc((size_t)load->rooms, sizeof *load->room);
    load->connection = calloc((size_t)(load->connections + load->newcomers), sizeof *load->connection);
    if (!load->room || !load->connection) abort();
    for (int number = 0; number < load->connections; number++) {
        struct room *room = &load->room[number / load->players];
        if (number % load->players == 0) {
            snprintf(room->name, sizeof room->name, "%s-%d", prefix, number / load->players);
            room->first = number;
            room->players = load->players;
        }
        load->connection[number].index = number;
        load->connection[number].room = room;
    }
    for (int number = load->connections; number < load->connections + load->newcomers; number++)
        load->connection[number] = (struct connection){.index = number, .room = &load->room[number % load->rooms], .newcomer = true};
}

static char **read_paths(const char *name, int count) {
    FILE *file = fopen(name, "r");
    char **paths = calloc((size_t)count, sizeof *paths);
    if (!file || !paths) return NULL;
    for (int number = 0; number < count; number++) {
        size_t room = 0;
        ssize_t size = getline(&paths[number], &room, file);
        if (size <= 0) return NULL;
        paths[number][strcspn(paths[number], "\r\n")] = 0;
    }
    fclose(file);
    return paths;
}

static int fail(const char *what) {
    printf("{\"trouble\":\"");
    for (; *what; what++)
        if (*what == '"' || *what == '\\') printf("\\%c", *what);
        else if ((unsigned char)*what >= ' ') putchar(*what);
    printf("\"}\n");
    return 1;
}

int main(int count, char **words) {
    static struct load load = {.host = "127.0.0.1", .rooms = 1, .players = 100, .disturbed = 1};
    double rate = 0, start = 0, growth = 2, seconds = 1.5, warm_up = 1;
    const char *paths = NULL, *keep = NULL;
    char prefix[16];
    int times = 1;
    bool waits = false;
    snprintf(prefix, sizeof prefix, "b%d", getpid()); /* no rooms in common with an earlier load */
    static const struct option options[] = {
        {"dialect", 1, 0, 'd'}, {"port", 1, 0, 'p'},    {"rooms", 1, 0, 'r'}, {"players", 1, 0, 'n'}, {"senders", 1, 0, 's'},
        {"rate", 1, 0, 'x'},    {"search", 1, 0, 'f'},  {"growth", 1, 0, 'g'}, {"seconds", 1, 0, 't'}, {"limit", 1, 0, 'l'},
        {"pid", 1, 0, 'i'},     {"paths", 1, 0, 'a'},   {"gather", 0, 0, 'w'}, {"times", 1, 0, 'm'},
        {"room", 1, 0, 'o'},    {"filler", 1, 0, 'e'},  {"newcomers", 1, 0, 'j'}, {"to", 1, 0, 'q'},
        {"disturbed", 1, 0, 'b'}, {"steers", 1, 0, 'k'}, {"warm-up", 1, 0, 'u'}, {"keep", 1, 0, 'y'},
        {"stay", 0, 0, 'z'}, {0}};
    for (int option; (option = getopt_long(count, words, "", options, NULL)) != -1;) switch (option) {
        case 'd': load.dialect = dialect_named(optarg); break;
        case 'p': load.port = atoi(optarg); break;
        case 'r': load.rooms = atoi(optarg); break;
        case 'n': load.players = atoi(optarg); break;
        case 's': load.senders = atoi(optarg); break;
        case 'x': rate = atof(optarg); break;
        case 'f': start = atof(optarg); break;
        case 'g': growth = atof(optarg); break;
        case 't': seconds = atof(optarg); break;
        case 'l': load.limit = (uint64_t)(atof(optarg) * 1000); break;
        case 'i': load.server = atoi(optarg); break;
        case 'w': load.gather = true; break;
        case 'j': load.newcomers = atoi(optarg); break;
        case 'q': load.to = atoi(optarg); break;
        case 'b': load.disturbed = atof(optarg); break;
        case 'm': times = atoi(optarg); break;
        case 'o': snprintf(prefix, sizeof prefix, "%s", optarg); break;
        case 'e': load.filler = atoi(optarg) < LARGEST_FILLER ? atoi(optarg) : LARGEST_FILLER; break;
        case 'a': paths = optarg; break;
        case 'k': load.steers = atof(optarg); break;
        case 'u': warm_up = atof(optarg); break;
        case 'y': keep = optarg; break;
        case 'z': waits = true; break;
        default: fputs(usage, stderr); return 2;
        }
    if (!load.dialect || !load.port || load.rooms < 1 || load.players < 1 || !load.limit ||
        load.to < 0 || load.to > LARGEST_TO || (load.to && load.to >= load.players) || (rate <= 0 && start <= 0 && load.steers <= 0) ||
        (load.steers > 0 && !load.dialect->steer)) {
        fputs(usage, stderr);
        return 2;
    }
    if (load.senders < 1 || load.senders > load.players) load.senders = load.players;
    struct rlimit files = {0};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    make_rooms(&load, prefix);
    if (paths && !(load.paths = read_paths(paths, load.connections))) return fail("too few paths in the file");
    load.epoll = epoll_create1(EPOLL_CLOEXEC);

    if (!connect_all(&load, 30)) return fail(load.trouble);
    if (load.steers > 0) {
        struct play played = run_play(&load, warm_up, seconds, keep);
        if (load.trouble[0]) return fail(load.trouble);
        print_play(&played);
        if (waits) stay(&load);
        return 0;
    }
    for (uint64_t settled = microseconds() + 500000; microseconds() < settled;) turn(&load, 10); /* joins may still arrive */
    double slow = (double)recipients(&load) * (double)load.rooms * 2;
    int newcomers = load.newcomers;
    load.newcomers = 0;
    struct step first = run_step(&load, slow, 0.5); /* does everything arrive at all? */
    load.newcomers = newcomers;
    if (!first.complete) print_step(&first);
    if (!first.complete) return fail(load.trouble[0] ? load.trouble : "not even a few commands a second arrive");

    bool complete = true;
    for (int time = 0; rate > 0 && time < times && complete && !load.trouble[0]; time++) {
        struct step step = run_step(&load, rate, seconds);
        print_step(&step);
        complete = step.complete;
        if (newcomers)
            printf("{\"newcomers\":%d,\"arrived\":%d,\"arrival_p50\":%.1f,\"arrival_p99\":%.1f,\"all_in\":%.1f}\n", newcomers,
                   load.arrived, histogram_ms(&load.arrivals, 0.5), histogram_ms(&load.arrivals, 0.99),
                   (double)load.last_arrival / 1000);
        load.newcomers = load.arrived = 0;
    }
    if (start > 0 && complete) printf("{\"highest\":%.0f}\n", search(&load, start, growth, seconds, print_step));
    return load.trouble[0] ? fail(load.trouble) : 0;
}
