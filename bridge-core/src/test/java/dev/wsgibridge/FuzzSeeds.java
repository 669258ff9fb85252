package dev.wsgibridge;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** What the fuzz targets of all modules begin with. */
public final class FuzzSeeds {

  private FuzzSeeds() {}

  /**
   * Writes the seeds of a target into a folder, a file each, for {@code scripts/fuzz}.
   *
   * @param arguments the target's class, whose {@code seeds()} tells them, and the folder
   */
  public static void main(String... arguments) throws ReflectiveOperationException, IOException {
    List<?> seeds = (List<?>) Class.forName(arguments[0]).getMethod("seeds").invoke(null);
    int number = 0;
    for (Object seed : seeds) {
      Files.write(Path.of(arguments[1], "seed-" + number++), (byte[]) seed);
    }
  }

  /**
   * Runs a target with each seed, with each of its beginnings, and with each of its bytes changed:
   * what a fuzzer does first. What the target throws goes on to the test.
   */
  public static void run(List<byte[]> seeds, Consumer<byte[]> target) {
    for (byte[] seed : seeds) {
      target.accept(seed);
      for (int i = 0; i < seed.length; i++) {
        target.accept(Arrays.copyOf(seed, i));
        byte[] changed = seed.clone();
        changed[i] ^= (byte) (1 << i % 8);
        target.accept(changed);
      }
    }
  }

  /** A seed of a few choices, and text whose characters are bytes. */
  public static byte[] seed(int choices, String text) {
    return join(new byte[] {(byte) choices}, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** One behind the other. */
  public static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
