package dev.wsgibridge.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** What the project's POMs say. */
final class Poms {

  private static final String OWN = "dev.wsgibridge";

  private Poms() {}

  /** The folders of the modules whose dependencies reach users, in jars' POMs and in WARs. */
  static List<Path> shipped() throws IOException {
    try (Stream<Path> wars = Files.list(Path.of("..", "war-example"))) {
      return Stream.concat(
              Modules.sources().stream(),
              wars.filter(folder -> Files.exists(folder.resolve("pom.xml"))))
          .toList();
    }
  }

  static Element parse(Path module) throws IOException {
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(module.resolve("pom.xml").toFile())
          .getDocumentElement();
    } catch (ParserConfigurationException | SAXException e) {
      throw new IOException(module + ": " + e.getMessage(), e);
    }
  }

  /** The text of an element's child; empty where there is none. */
  static String text(Element parent, String child) {
    return children(parent)
        .filter(element -> element.getTagName().equals(child))
        .map(element -> element.getTextContent().strip())
        .findFirst()
        .orElse("");
  }

  /** A property; empty where it isn't set. */
  static String property(Element pom, String name) {
    return children(pom)
        .filter(element -> element.getTagName().equals("properties"))
        .map(properties -> text(properties, name))
        .findFirst()
        .orElse("");
  }

  /** The groups of others whose artifacts a module has at run time, or copies. */
  static Set<String> groupsOf(Element pom) {
    Set<String> groups = new TreeSet<>();
    Stream.of("dependency", "artifactItem")
        .flatMap(name -> elements(pom.getElementsByTagName(name)))
        .filter(element -> !Set.of("test", "provided").contains(text(element, "scope")))
        .map(element -> text(element, "groupId"))
        .filter(group -> !group.equals(OWN))
        .forEach(groups::add);
    return groups;
  }

  private static Stream<Element> children(Element parent) {
    return elements(parent.getChildNodes());
  }

  private static Stream<Element> elements(NodeList nodes) {
    return IntStream.range(0, nodes.getLength())
        .mapToObj(nodes::item)
        .filter(Element.class::isInstance)
        .map(Element.class::cast);
  }
}
