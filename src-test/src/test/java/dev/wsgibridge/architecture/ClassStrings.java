package dev.wsgibridge.architecture;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The string literals of a class, which ArchUnit doesn't look at: JVM Specification, 4.4. */
final class ClassStrings {

  private ClassStrings() {}

  static List<String> of(Path classFile) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(classFile)))) {
      in.skipNBytes(8); // magic, minor and major version
      Map<Integer, String> texts = new HashMap<>();
      List<Integer> strings = new ArrayList<>();
      int count = in.readUnsignedShort();
      for (int index = 1; index < count; index++) {
        int tag = in.readUnsignedByte();
        switch (tag) {
          case 1 -> texts.put(index, in.readUTF());
          case 8 -> strings.add(in.readUnsignedShort());
          case 7, 16, 19, 20 -> in.skipNBytes(2);
          case 15 -> in.skipNBytes(3);
          case 3, 4, 9, 10, 11, 12, 17, 18 -> in.skipNBytes(4);
          case 5, 6 -> {
            in.skipNBytes(8);
            index++; // long and double take two places
          }
          default -> throw new IOException(classFile + ": unknown constant, tag " + tag);
        }
      }
      return strings.stream().map(index -> texts.getOrDefault(index, "")).toList();
    }
  }
}
