/* Compiles HLSL as wgpu does, with Microsoft's two compilers: for shader models 6.0 to 6.6 with DXC, whose DXIL is then validated, and for
 * 5.1 with FXC, to which wgpu falls back if there is no dxcompiler.dll. Kernels with float16 arithmetic, by their name, need DXC and
 * shader model 6.2. Runs on Windows, or in Wine.
 *
 * usage: direct3d DXCOMPILER.DLL DXIL.DLL D3DCOMPILER_47.DLL FILE.hlsl...
 *
 * What a compiler or the validator says, warnings too, goes to stderr, and the exit status is 1 if anything is said. stdout gets a row of
 * a table for each file: the name without .hlsl; of the oldest of these shader models, bytes of DXIL, bytes of workgroup memory, words of local arrays,
 * then numbers of instructions: loads and stores of buffers, loads and stores of workgroup memory, multiply-adds, barriers, and
 * operations of a wave; of 5.1, bytes of DXBC, registers of four words, and instructions. FXC has no operations of a wave and no float16.
 *
 * Only the methods that are called have their types here: the tables are those of dxcapi.h, which mingw-w64 lacks. */
#define COBJMACROS
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <d3dcompiler.h>

typedef struct { const void *data; SIZE_T size; UINT encoding; } Buffer;

typedef struct Blob Blob;
struct Blob {
    const struct {
        void *query, *add_ref;
        ULONG(WINAPI *release)(Blob *);
        const char *(WINAPI *data)(Blob *);
        SIZE_T(WINAPI *size)(Blob *);
    } *table;
};

typedef struct Result Result; /* IDxcOperationResult */
struct Result {
    const struct {
        void *query, *add_ref;
        ULONG(WINAPI *release)(Result *);
        HRESULT(WINAPI *status)(Result *, HRESULT *);
        HRESULT(WINAPI *output)(Result *, Blob **);
        HRESULT(WINAPI *errors)(Result *, Blob **);
    } *table;
};

typedef struct Compiler Compiler; /* IDxcCompiler3 */
struct Compiler {
    const struct {
        void *query, *add_ref, *release;
        HRESULT(WINAPI *compile)(Compiler *, const Buffer *, const WCHAR **, UINT, void *, const GUID *, void **);
        HRESULT(WINAPI *disassemble)(Compiler *, const Buffer *, const GUID *, void **);
    } *table;
};

typedef struct Validator Validator; /* IDxcValidator */
struct Validator {
    const struct {
        void *query, *add_ref, *release;
        HRESULT(WINAPI *validate)(Validator *, Blob *, UINT, Result **);
    } *table;
};

static const GUID COMPILER = {0x73e22d93, 0xe6ce, 0x47f3, {0xb5, 0xbf, 0xf0, 0x66, 0x4f, 0x39, 0xc1, 0xb0}};
static const GUID COMPILER3 = {0x228b4687, 0x5a6a, 0x4730, {0x90, 0x0c, 0x97, 0x02, 0xb2, 0x20, 0x3f, 0x54}};
static const GUID RESULT = {0xcedb484a, 0xd4e9, 0x445a, {0xb9, 0x91, 0xca, 0x21, 0xca, 0x15, 0x7d, 0xc2}};
static const GUID VALIDATOR = {0x8ca3e215, 0xf728, 0x4cf3, {0x8c, 0xdd, 0x88, 0xaf, 0x91, 0x75, 0x87, 0xa1}};
static const GUID IVALIDATOR = {0xa6e82bd2, 0x1fd7, 0x4826, {0x98, 0x11, 0x28, 0x57, 0xe7, 0x97, 0xf4, 0x9a}};

static void fail(const char *what, const char *which) {
    fprintf(stderr, "direct3d: %s: %s\n", which, what);
    exit(2);
}

static void *symbol(const char *dll, const char *name) {
    HMODULE library = LoadLibraryA(dll);
    void *found = library ? (void *)GetProcAddress(library, name) : NULL;
    if (!found) fail(name, dll);
    return found;
}

static void *create(const char *dll, const GUID *class, const GUID *type) {
    HRESULT(WINAPI *instance)(const GUID *, const GUID *, void **) = symbol(dll, "DxcCreateInstance");
    void *object = NULL;
    if (FAILED(instance(class, type, &object))) fail("gives no instance", dll);
    return object;
}

/* Prints what a step says. Returns whether it failed, or said anything. */
static int said(Result *result, const char *name, const char *step) {
    HRESULT status = E_FAIL;
    Blob *errors = NULL;
    result->table->status(result, &status);
    result->table->errors(result, &errors);
    SIZE_T size = errors ? errors->table->size(errors) : 0;
    while (size && !errors->table->data(errors)[size - 1]) size--;
    if (size) fprintf(stderr, "%s, %s: %.*s\n", name, step, (int)size, errors->table->data(errors));
    if (FAILED(status)) fprintf(stderr, "%s, %s: fails, %08lx\n", name, step, (unsigned long)status);
    if (errors) errors->table->release(errors);
    return size > 0 || FAILED(status);
}

/* Lines that contain both texts. */
static int count(const char *text, const char *one, const char *other) {
    int found = 0;
    while (*text) {
        size_t length = strcspn(text, "\n");
        char line[length + 1];
        memcpy(line, text, length);
        line[length] = 0;
        found += strstr(line, one) && strstr(line, other);
        text += length + (text[length] == '\n');
    }
    return found;
}

/* Words of all variables that follow this text in DXIL: `[8 x float]`, also an array of vectors or of arrays, or of halves of a word. */
static int words(const char *text, const char *before) {
    int halves = 0;
    while ((text = strstr(text, before))) {
        text += strlen(before);
        int all = 1, times;
        const char *at = text;
        for (; sscanf(at, *at == '[' ? "[%d x" : "<%d x", &times) == 1; at = strstr(at, " x ") + 3) all *= times;
        halves += strncmp(at, "half", 4) ? 2 * all : all;
    }
    return halves / 2;
}

static char *read_file(const char *path, SIZE_T *size) {
    FILE *file = fopen(path, "rb");
    if (!file) fail("cannot be read", path);
    fseek(file, 0, SEEK_END);
    *size = ftell(file);
    rewind(file);
    char *text = malloc(*size + 1);
    if (!text || fread(text, 1, *size, file) != *size) fail("cannot be read", path);
    fclose(file);
    return text;
}

/* Lines of FXC's warnings that matter. Without a fault in the kernel it warns of loops of one turn, which it unrolls (X3557), of results
 * of functions that return early (X4000), and of unsigned values that are negated (X3092), as naga writes signed differences. */
static int warnings(const char *name, const char *said) {
    int found = 0;
    for (const char *line = said; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        const char *code = strstr(line, ": warning X"), *end = strchr(line, '\n');
        int harmless = code && (!end || code < end) &&
            (!strncmp(code + 10, "X3557", 5) || !strncmp(code + 10, "X4000", 5) || !strncmp(code + 10, "X3092", 5));
        if (harmless || *line == '\n') continue;
        fprintf(stderr, "%s, shader model 5.1: %.*s\n", name, (int)strcspn(line, "\n"), line);
        found++;
    }
    return found;
}

/* Prints the end of the row. Returns whether FXC failed, or warned. */
static int old_compiler(const char *dll, const char *name, const char *source, SIZE_T size) {
    pD3DCompile compile = symbol(dll, "D3DCompile");
    pD3DDisassemble disassemble = symbol(dll, "D3DDisassemble");
    ID3DBlob *code = NULL, *errors = NULL, *listing = NULL;
    HRESULT status = compile(source, size, NULL, NULL, NULL, "main", "cs_5_1", D3DCOMPILE_ENABLE_STRICTNESS, 0, &code, &errors);
    int said = errors ? warnings(name, ID3D10Blob_GetBufferPointer(errors)) : 0;
    if (errors) ID3D10Blob_Release(errors);
    if (FAILED(status)) {
        printf(" fails | | |\n");
        fprintf(stderr, "%s, shader model 5.1: fails, %08lx\n", name, (unsigned long)status);
        return 1;
    }
    if (FAILED(disassemble(ID3D10Blob_GetBufferPointer(code), ID3D10Blob_GetBufferSize(code), 0, NULL, &listing)))
        fail("has no listing", name);
    int registers = 0, instructions = 0;
    const char *text = ID3D10Blob_GetBufferPointer(listing);
    const char *at = strstr(text, "dcl_temps "), *total = strstr(text, "// Approximately ");
    if (at) sscanf(at, "dcl_temps %d", &registers);
    if (total) sscanf(total, "// Approximately %d", &instructions);
    printf(" %u | %d | %d |\n", (unsigned)ID3D10Blob_GetBufferSize(code), registers, instructions);
    ID3D10Blob_Release(listing);
    ID3D10Blob_Release(code);
    return said > 0;
}

int main(int argc, char **argv) {
    if (argc < 5) fail("usage: direct3d DXCOMPILER.DLL DXIL.DLL D3DCOMPILER_47.DLL FILE.hlsl...", "arguments");
    Validator *validator = create(argv[2], &VALIDATOR, &IVALIDATOR);
    Compiler *compiler = create(argv[1], &COMPILER, &COMPILER3);
    int failures = 0;
    for (int i = 4; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/');
        char name[100];
        snprintf(name, sizeof name, "%s", slash ? slash + 1 : argv[i]);
        *strrchr(name, '.') = 0;
        SIZE_T size;
        char *source = read_file(argv[i], &size);
        int wave = 0, half = strstr(name, ".half") != NULL, first = half ? 2 : 0;
        for (int minor = first; minor <= 6; minor++) {
            WCHAR profile[] = L"cs_6_0";
            profile[5] = L'0' + minor;
            char step[20];
            snprintf(step, sizeof step, "shader model 6.%d", minor);
            /* wgpu's arguments, but with warnings; naga puts more parentheses than needed. */
            const WCHAR *arguments[] = {L"-E", L"main", L"-T", profile, L"-HV", L"2018", L"-Ges", L"-Wno-parentheses-equality",
                L"-enable-16bit-types"};
            Buffer buffer = {source, size, 65001};
            Result *result = NULL, *valid = NULL;
            if (FAILED(compiler->table->compile(compiler, &buffer, arguments, ARRAYSIZE(arguments) - !half, NULL, &RESULT, (void **)&result)))
                fail("the compiler stops", name);
            Blob *dxil = NULL;
            if (said(result, name, step)) failures++;
            else result->table->output(result, &dxil);
            result->table->release(result);
            if (!dxil) continue;
            if (FAILED(validator->table->validate(validator, dxil, 0, &valid))) fail("the validator stops", name);
            if (said(valid, name, step)) failures++;
            valid->table->release(valid);
            if (minor == first) {
                Buffer binary = {dxil->table->data(dxil), dxil->table->size(dxil), 0};
                Blob *listing = NULL;
                compiler->table->disassemble(compiler, &binary, &RESULT, (void **)&result);
                result->table->output(result, &listing);
                result->table->release(result);
                if (!listing) fail("has no listing", name);
                const char *text = listing->table->data(listing);
                wave = count(text, " call ", "@dx.op.wave");
                printf("| %s | %u | %d | %d | %d | %d | %d | %d | %d | %d | %d |", name, (unsigned)dxil->table->size(dxil),
                    4 * words(text, "addrspace(3) global "), words(text, " = alloca "),
                    count(text, " call %dx.types.ResRet", ""), count(text, " call void @dx.op.", "ufferStore"),
                    count(text, " load ", " addrspace(3)*"), count(text, " store ", " addrspace(3)*"),
                    count(text, "@dx.op.tertiary.f", "(i32 46"), /* FMad */
                    count(text, " call ", "@dx.op.barrier"), wave);
                listing->table->release(listing);
            }
            dxil->table->release(dxil);
        }
        if (wave || half) printf(" – | – | – |\n");
        else failures += old_compiler(argv[3], name, source, size);
        free(source);
    }
    return failures > 0;
}
