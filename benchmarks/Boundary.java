import dev.wsgibridge.LoadOptions;
import dev.wsgibridge.Workers;
import dev.wsgibridge.python.PythonApplication;
import dev.wsgibridge.testing.Answer;
import dev.wsgibridge.testing.TestClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The same application, called in the JVM and in a worker process. */
public final class Boundary {

  private static final String APPLICATION =
      """
      def application(environ, start_response):
          environ["wsgi.input"].read()
          start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "14")])
          return [b"Hello, World!\\n"]
      """;

  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[0]);
    int calls = Integer.parseInt(arguments[1]);
    Path file = Files.writeString(Files.createTempDirectory("boundary").resolve("hello.py"), APPLICATION);
    LoadOptions options = LoadOptions.defaults(Boundary.class.getClassLoader());
    Map<String, PythonApplication> carriers = new LinkedHashMap<>();
    carriers.put("in the JVM", PythonApplication.load(file.toString(), options.withWorkers(Workers.of(0))));
    carriers.put("a worker", PythonApplication.load(file.toString(), options.withWorkers(Workers.of(1))));
    byte[] upload = new byte[16 * 1024];
    Map<String, List<double[]>> figures = new LinkedHashMap<>();
    for (int round = -3; round < rounds; round++) {
      for (Map.Entry<String, PythonApplication> carrier : carriers.entrySet()) {
        TestClient client = TestClient.of(carrier.getValue());
        double[] hello = run(calls, () -> client.get("/"));
        double[] posted = run(calls / 4, () -> client.request("POST", "/").body(upload).send());
        if (round >= 0) {
          figures.computeIfAbsent(carrier.getKey() + ", hello", key -> new ArrayList<>()).add(hello);
          figures.computeIfAbsent(carrier.getKey() + ", 16 KB up", key -> new ArrayList<>()).add(posted);
        }
      }
    }
    figures.forEach(
        (name, found) ->
            System.out.printf(
                "%-24s %6.1f us a call, %6.1f us CPU%n", name, median(found, 0), median(found, 1)));
    for (PythonApplication carrier : carriers.values()) {
      carrier.close();
    }
    System.exit(0);
  }

  private interface Asking {
    Answer ask() throws Exception;
  }

  private static double[] run(int calls, Asking asking) throws Exception {
    double cpu = cpu();
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      if (asking.ask().status() != 200) {
        throw new IllegalStateException("not 200");
      }
    }
    double time = (System.nanoTime() - start) / 1e3 / calls;
    return new double[] {time, (cpu() - cpu) / calls};
  }

  /** Microseconds of this process and all below it. */
  private static double cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e3
        + ProcessHandle.current()
            .descendants()
            .mapToDouble(child -> child.info().totalCpuDuration().map(time -> time.toNanos() / 1e3).orElse(0.0))
            .sum();
  }

  private static double median(List<double[]> found, int column) {
    double[] values = found.stream().mapToDouble(row -> row[column]).toArray();
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
