package dev.wsgibridge.python.ffm;

import static dev.wsgibridge.python.ffm.Library.function;
import static dev.wsgibridge.python.ffm.Library.symbol;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/**
 * The functions of libpython that are used here: those that have been there, unchanged, since 3.9.
 *
 * <p>The handles are static and final, so that the JIT compiles calls straight into the code around
 * them. {@link Library#open} comes before the first use of this class.
 *
 * <p>"Quick" are functions that neither wait nor call back, and take less time than the change of
 * the thread's state that they are spared; some copy straight from Java's heap. Few shapes are
 * used, since the linker takes some milliseconds for each at the start.
 */
@SuppressWarnings("restricted") // calling native code is what this class is for
final class LibPython {

  private static final Linker.Option QUICK = Linker.Option.critical(false);
  private static final Linker.Option QUICK_FROM_HEAP = Linker.Option.critical(true);

  private LibPython() {}

  private static FunctionDescriptor returning(MemoryLayout result, MemoryLayout... parameters) {
    return FunctionDescriptor.of(result, parameters);
  }

  private static FunctionDescriptor returningNothing(MemoryLayout... parameters) {
    return FunctionDescriptor.ofVoid(parameters);
  }

  // The interpreter and its threads

  static final class Start {
    /**
     * What the functions of PEP 587 return.
     *
     * <pre>
     * typedef struct { enum { OK, ERROR, EXIT } _type; const char *func; const char *err_msg; int exitcode; } PyStatus;
     * </pre>
     */
    static final StructLayout STATUS =
        MemoryLayout.structLayout(
            JAVA_INT,
            MemoryLayout.paddingLayout(4),
            ADDRESS,
            ADDRESS,
            JAVA_INT,
            MemoryLayout.paddingLayout(4));

    static final MethodHandle CONFIG_INIT_PYTHON =
        function("PyConfig_InitPythonConfig", returningNothing(ADDRESS));
    static final MethodHandle CONFIG_SET_BYTES_ARGV =
        function("PyConfig_SetBytesArgv", returning(STATUS, ADDRESS, JAVA_LONG, ADDRESS));
    static final MethodHandle CONFIG_CLEAR = function("PyConfig_Clear", returningNothing(ADDRESS));
    static final MethodHandle INITIALIZE_FROM_CONFIG =
        function("Py_InitializeFromConfig", returning(STATUS, ADDRESS));
    static final MethodHandle GIL_STATE_ENSURE = function("PyGILState_Ensure", returning(JAVA_INT));
    static final MethodHandle IMPORT_ADD_MODULE =
        function("PyImport_AddModule", returning(ADDRESS, ADDRESS));
    static final MethodHandle MODULE_GET_DICT =
        function("PyModule_GetDict", returning(ADDRESS, ADDRESS));
    static final MethodHandle GET_BUILTINS = function("PyEval_GetBuiltins", returning(ADDRESS));
    static final MethodHandle DICT_SET_ITEM_STRING =
        function("PyDict_SetItemString", returning(JAVA_INT, ADDRESS, ADDRESS, ADDRESS));
    static final MethodHandle DICT_GET_ITEM_STRING =
        function("PyDict_GetItemString", returning(ADDRESS, ADDRESS, ADDRESS));
    static final MethodHandle CFUNCTION_NEW =
        function("PyCFunction_NewEx", returning(ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    static final MethodHandle COMPILE_STRING =
        function("Py_CompileString", returning(ADDRESS, ADDRESS, ADDRESS, JAVA_INT));
    static final MethodHandle EVAL_CODE =
        function("PyEval_EvalCode", returning(ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    static final MethodHandle BOOL_FROM_LONG =
        function("PyBool_FromLong", returning(ADDRESS, JAVA_LONG), QUICK);

    private Start() {}
  }

  /** What is needed when something has failed. */
  static final class Failed {
    static final MethodHandle PRINT = function("PyErr_Print", returningNothing());
    static final MethodHandle CLEAR = function("PyErr_Clear", returningNothing());

    private Failed() {}
  }

  static final MethodHandle SAVE_THREAD = function("PyEval_SaveThread", returning(ADDRESS));
  static final MethodHandle RESTORE_THREAD =
      function("PyEval_RestoreThread", returningNothing(ADDRESS));

  static final MethodHandle GIL_STATE_RELEASE =
      function("PyGILState_Release", returningNothing(JAVA_INT));
  static final MethodHandle THREAD_IDENT =
      function("PyThread_get_thread_ident", returning(JAVA_LONG));
  static final MethodHandle SET_ASYNC_EXC =
      function("PyThreadState_SetAsyncExc", returning(JAVA_INT, JAVA_LONG, ADDRESS));

  // Objects

  static final MethodHandle CALL =
      function(
          "PyObject_CallFunctionObjArgs",
          returning(ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS),
          Linker.Option.firstVariadicArg(1));
  static final MethodHandle DEC_REF = function("Py_DecRef", returningNothing(ADDRESS));
  static final MethodHandle INC_REF = function("Py_IncRef", returningNothing(ADDRESS));
  static final MemorySegment NONE = symbol("_Py_NoneStruct");

  static final MethodHandle TUPLE_GET_ITEM =
      function("PyTuple_GetItem", returning(ADDRESS, ADDRESS, JAVA_LONG), QUICK_FROM_HEAP);
  static final MethodHandle LONG_FROM_LONG_LONG =
      function("PyLong_FromLongLong", returning(ADDRESS, JAVA_LONG), QUICK);
  static final MethodHandle LONG_AS_LONG_LONG =
      function("PyLong_AsLongLong", returning(JAVA_LONG, ADDRESS), QUICK);
  static final MethodHandle BYTES_AS_STRING =
      function("PyBytes_AsString", returning(ADDRESS, ADDRESS));
  static final MethodHandle BYTES_SIZE =
      function("PyBytes_Size", returning(JAVA_LONG, ADDRESS), QUICK);
  static final MethodHandle BYTES_FROM_STRING_AND_SIZE =
      function(
          "PyBytes_FromStringAndSize", returning(ADDRESS, ADDRESS, JAVA_LONG), QUICK_FROM_HEAP);
  static final MethodHandle UNICODE_FROM_KIND_AND_DATA =
      function(
          "PyUnicode_FromKindAndData",
          returning(ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG),
          QUICK_FROM_HEAP);
  static final MethodHandle UNICODE_AS_UTF8_AND_SIZE =
      function("PyUnicode_AsUTF8AndSize", returning(ADDRESS, ADDRESS, ADDRESS));
}
