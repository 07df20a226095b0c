import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.Term;
import org.apache.lucene.monitor.MatchingQueries;
import org.apache.lucene.monitor.Monitor;
import org.apache.lucene.monitor.MonitorConfiguration;
import org.apache.lucene.monitor.MonitorQuery;
import org.apache.lucene.monitor.MultipassTermFilteredPresearcher;
import org.apache.lucene.monitor.QueryMatch;
import org.apache.lucene.monitor.RegexpQueryHandler;
import org.apache.lucene.monitor.TermWeightor;
import org.apache.lucene.queries.intervals.IntervalQuery;
import org.apache.lucene.queries.intervals.Intervals;
import org.apache.lucene.queries.intervals.IntervalsSource;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.RegexpQuery;
import org.apache.lucene.search.TermQuery;

/**
 * Lucene's Monitor on the same articles and queries: java Peer.java ARTICLES QUERIES SECONDS.
 *
 * <p>Both files hold a line for each, its parts separated by tabs: an article is title, text, source and
 * language, a query is what benchmarks/lucene/peer.py writes. The tokens are made already; Lucene splits them
 * at blanks. Prints articles/s, p99 in ms, seconds to load, megabytes and the matches of each article.
 */
public class Peer {
  private static final int PASSES = 3;

  public static void main(String[] arguments) throws IOException {
    List<Document> articles = new ArrayList<>();
    Map<String, Integer> frequencies = new HashMap<>();
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      String[] parts = line.split("\t", -1);
      articles.add(document(parts));
      Set<String> words = new HashSet<>(Arrays.asList((parts[0] + " " + parts[1]).split(" ")));
      words.forEach(word -> frequencies.merge(word, 1, Integer::sum));
    }
    // A term weighs the less the more articles have it, as ours does.
    int all = articles.size();
    TermWeightor weightor =
        term -> 1.0 / (1.0 + 100.0 * frequencies.getOrDefault(term.text(), 0) / all);
    Analyzer analyzer = new WhitespaceAnalyzer();
    var presearcher =
        new MultipassTermFilteredPresearcher(
            PASSES, 0f, weightor, List.of(new RegexpQueryHandler()), Set.of());
    try (Monitor monitor = new Monitor(analyzer, presearcher, new MonitorConfiguration())) {
      long began = System.nanoTime();
      load(monitor, Path.of(arguments[1]));
      double loaded = (System.nanoTime() - began) / 1e9;
      measure(monitor, articles, Double.parseDouble(arguments[2]), loaded);
    }
  }

  private static void measure(Monitor monitor, List<Document> articles, double seconds, double loaded)
      throws IOException {
    List<Integer> matches = new ArrayList<>();
    for (int round = 0; round < 3; round++) { // the compiler warms up
      matches.clear();
      for (Document article : articles) {
        matches.add(match(monitor, article));
      }
    }
    List<Long> took = new ArrayList<>();
    long total = 0;
    for (int number = 0; total < seconds * 1e9; number++) {
      long began = System.nanoTime();
      match(monitor, articles.get(number % articles.size()));
      long duration = System.nanoTime() - began;
      took.add(duration);
      total += duration;
    }
    took.sort(null);
    double p99 = took.get((int) (took.size() * 0.99)) / 1e6;
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    long memory = (runtime.totalMemory() - runtime.freeMemory()) / 1_000_000;
    System.out.printf("%.1f %.2f %.1f %d%n", took.size() / (total / 1e9), p99, loaded, memory);
    matches.forEach(count -> System.out.print(count + " "));
    System.out.println();
  }

  private static int match(Monitor monitor, Document article) throws IOException {
    MatchingQueries<QueryMatch> found = monitor.match(article, QueryMatch.SIMPLE_MATCHER);
    return found.getMatchCount();
  }

  private static void load(Monitor monitor, Path queries) throws IOException {
    List<MonitorQuery> batch = new ArrayList<>();
    try (BufferedReader lines = Files.newBufferedReader(queries)) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Query query = read(Arrays.asList(line.split("\t", -1)).iterator());
        batch.add(new MonitorQuery(Integer.toString(number++), query));
        if (batch.size() == 5000) {
          monitor.register(batch);
          batch.clear();
        }
      }
    }
    monitor.register(batch);
  }

  private static Document document(String[] parts) {
    Document document = new Document();
    document.add(new TextField("title", parts[0], Field.Store.NO));
    document.add(new TextField("text", parts[1], Field.Store.NO));
    document.add(new StringField("source", parts[2], Field.Store.NO));
    document.add(new StringField("language", parts[3], Field.Store.NO));
    return document;
  }

  private static Query read(Iterator<String> parts) {
    String kind = parts.next();
    return switch (kind) {
      case "and", "or" -> combined(parts, kind.equals("and") ? Occur.FILTER : Occur.SHOULD);
      case "keyword" -> new TermQuery(new Term(parts.next(), parts.next()));
      default -> text(kind, parts);
    };
  }

  private static Query combined(Iterator<String> parts, Occur occur) {
    BooleanQuery.Builder builder = new BooleanQuery.Builder();
    for (int count = Integer.parseInt(parts.next()); count > 0; count--) {
      boolean not = parts.next().equals("not");
      builder.add(read(parts), not ? Occur.MUST_NOT : occur);
    }
    return builder.build();
  }

  /** A word, prefix or phrase in the field that is named, or in title or text where none is. */
  private static Query text(String kind, Iterator<String> parts) {
    String field = parts.next();
    int within = Integer.parseInt(parts.next());
    String[] tokens = parts.next().split(" ");
    if (!field.isEmpty()) {
      return in(field, kind, within, tokens);
    }
    return new BooleanQuery.Builder()
        .add(in("title", kind, within, tokens), Occur.SHOULD)
        .add(in("text", kind, within, tokens), Occur.SHOULD)
        .build();
  }

  private static Query in(String field, String kind, int within, String[] tokens) {
    return switch (kind) {
      case "word" -> new TermQuery(new Term(field, tokens[0]));
      case "prefix" -> prefix(field, tokens[0]);
      case "phrase" -> new PhraseQuery(field, tokens);
      case "near" -> {
        IntervalsSource[] terms =
            Arrays.stream(tokens).map(Intervals::term).toArray(IntervalsSource[]::new);
        IntervalsSource all = terms.length == 1 ? terms[0] : Intervals.unordered(terms);
        yield new IntervalQuery(field, Intervals.maxwidth(within + 1, all));
      }
      default -> throw new IllegalArgumentException(kind);
    };
  }

  /** As a regular expression where that is safe: only those have an index of their own in the Monitor. */
  private static Query prefix(String field, String start) {
    boolean plain = start.codePoints().allMatch(Character::isLetterOrDigit);
    return plain
        ? new RegexpQuery(new Term(field, start + ".*"))
        : new PrefixQuery(new Term(field, start));
  }
}
