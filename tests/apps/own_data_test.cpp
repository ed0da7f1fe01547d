#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "apps/lab/recipe/data_flags.h"
#include "apps/lab/recipe/saved_model.h"
#include "lively/data/safetensors.h"
#include "tests/apps/process.h"
#include "tests/data/pictures.h"
#include "tests/paths.h"

using namespace lively;
using namespace lively::lab;
using namespace lively::testing;

namespace {

const std::string kFixtures = LIVELY_TEST_DATA "/own/";

void put_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// A table in which each class has its own place: "cat" at small sizes, "dog" at large ones.
std::string table(int lines, bool labelled = true) {
  std::string text = labelled ? "kind,size,shade\n" : "shade,size\n";
  for (int i = 0; i < lines; ++i) {
    const bool dog = i % 2;
    const std::string size = std::to_string((dog ? 90000 : 10000) + 37 * (i * 7 % 50)),
                      shade = "0.00" + std::to_string(i * 3 % 10);
    text +=
        labelled ? (dog ? "dog," : "cat,") + size + "," + shade + "\n" : shade + "," + size + "\n";
  }
  return text;
}

const std::string kTinyNet = " --depth 1 --width 16 --epochs 20 --batch-size 8 --no-treatment";

// What a program prints after this word, up to the end of the line.
std::string line_with(const std::string& text, const std::string& word) {
  const std::size_t at = text.find(word);
  return at == text.npos ? "" : text.substr(at, text.find('\n', at) - at);
}

// The line about the data, which may be broken between words.
std::string data_line(const std::string& out) {
  std::string line;
  const std::size_t at = out.find("data ");
  if (at == out.npos) return line;
  for (const char c : out.substr(at, out.find("\nnetwork", at) - at))
    if (c != ' ' && c != '\n') {
      line += c;
    } else if (!line.ends_with(' ')) {
      line += ' ';
    }
  return line;
}

}  // namespace

TEST_CASE("own data: a table is learnt, and its model asked with the same scaling and names") {
  const TemporaryFolder folder;
  const std::string csv = folder / "pets.csv", model = folder / "m.safetensors",
                    log = folder / "run.jsonl";
  put_text(csv, table(100));
  const std::string data = "--data " + csv + " --target kind --test-share 0.3,4";
  const Finished f = run("mnist_mlp", data + kTinyNet + " --save " + model + " --log " + log);
  CAPTURE(f.out);
  CAPTURE(f.err);
  REQUIRE(f.code == 0);
  CHECK(data_line(f.out) ==
        "data pets.csv, 70 + 30, 30 % held out to test (seed 4), 2 numbers, standardised, 2 "
        "classes: cat, dog, from " +
            csv);
  CHECK(f.out.find("100.0 ± 0.0 %") != f.out.npos);
  CHECK(f.out.find("counted on all training samples") != f.out.npos);
  CHECK(read_file(log).find("--data " + csv + " --target kind --test-share 0.3,4") !=
        std::string::npos);
  CHECK(read_file(log).find(R"("classes":["cat","dog"])") != std::string::npos);

  const Finished census = run("census", "--model " + model + " --data " + csv + " --test");
  CAPTURE(census.out);
  CAPTURE(census.err);
  REQUIRE(census.code == 0);
  CHECK(census.out.find("pets.csv, 30 test samples, evaluation mode") != census.out.npos);
  CHECK(census.out.find("accuracy  100.0 ± 0.0 %") != census.out.npos);

  // Three of one kind: their own mean and deviation would make them anything.
  const std::string dogs = folder / "dogs.csv";
  put_text(dogs, "shade,size,kind\n0.001,90100,dog\n0.002,90500,dog\n0.003,90900,cat\n");
  const Finished told = run("classify", "--model " + model + " --data " + dogs);
  CAPTURE(told.out);
  CAPTURE(told.err);
  REQUIRE(told.code == 0);
  CHECK(line_with(told.out, "row 1").starts_with("row 1  dog "));
  CHECK(line_with(told.out, "row 2").starts_with("row 2  dog "));
  CHECK(line_with(told.out, "row 3").ends_with("(is cat)"));
  CHECK(told.out.find("accuracy  66.7 ± 27.2 %, 2 of 3 right") != told.out.npos);

  put_text(dogs, table(6, false));  // it does not say what they are
  const Finished guessed = run("classify", "--model " + model + " --data " + dogs);
  REQUIRE(guessed.code == 0);
  for (int i = 1; i <= 6; ++i) {
    const std::string row = "row " + std::to_string(i);
    CHECK(line_with(guessed.out, row).starts_with(row + (i % 2 ? "  cat " : "  dog ")));
  }
  CHECK(guessed.out.find("accuracy") == guessed.out.npos);
  put_text(dogs, "size\n1\n");
  CHECK(run("classify", "--model " + model + " --data " + dogs).err ==
        "classify: " + dogs + ": has no column 'shade', which is needed\n");
  CHECK(run("classify", "--model " + model + " " + dogs).code == 3);
  CHECK(run("classify", "--model " + model).code == 2);
}

TEST_CASE("own data: a run goes on with the scaling of its checkpoint") {
  const TemporaryFolder folder;
  const std::string csv = folder / "pets.csv", model = folder / "m.safetensors";
  put_text(csv, table(60));
  const std::string data = "--data " + csv + " --target kind --no-treatment --depth 1 --width 8";
  const auto hash = [](const std::string& log) {
    return line_with(read_file(log).substr(read_file(log).rfind("weights_hash")), "weights_hash");
  };
  REQUIRE(run("mnist_mlp", data + " --epochs 4 --log " + (folder / "whole")).code == 0);
  REQUIRE(run("mnist_mlp", data + " --epochs 2 --save " + model).code == 0);
  REQUIRE(run("mnist_mlp",
              "--resume " + (folder / "m.checkpoint") + " --epochs 4 --log " + (folder / "resumed"))
              .code == 0);
  CHECK(hash(folder / "resumed") == hash(folder / "whole"));
}

TEST_CASE("own data: arrays of NumPy, to an MLP and to a ResNet") {
  const TemporaryFolder folder;
  const std::string model = folder / "m.safetensors", grey = kFixtures + "grey.npz";
  const Finished numbers =
      run("mnist_mlp", "--data " + kFixtures + "x.npy," + kFixtures + "y.npy" + kTinyNet);
  CAPTURE(numbers.err);
  REQUIRE(numbers.code == 0);
  CHECK(data_line(numbers.out)
            .find("3 numbers, standardised (1 the same everywhere), 3 classes: 3, 5, 9") !=
        std::string::npos);
  const std::string resnet = " --depth 8 --width 4 --epochs 6 --batch-size 10 --no-treatment ";
  for (const std::string& place : {grey, kFixtures + "colour.npz"}) {
    CAPTURE(place);
    const Finished f = run("mnist_resnet", "--data " + place + resnet + "--save " + model);
    CAPTURE(f.err);
    REQUIRE(f.code == 0);
    const Finished told = run("classify", "--model " + model + " --data " + place);
    CAPTURE(told.out);
    CHECK(told.code == 0);
    CHECK(told.out.find(" of 15 right") != told.out.npos);
    CHECK(run("census", "--model " + model + " --data " + place).code == 0);
  }
  CHECK(run("classify", "--model " + model + " --data " + grey).err ==
        "classify: " + grey +
            ": samples are grey pictures of 6 x 5; the model takes colour pictures of 6 x 5\n");
}

TEST_CASE("own data: a ResNet refuses what is no picture, or too small a one") {
  const TemporaryFolder folder;
  const auto refuses = [&](const std::string& data, const std::string& text) {
    const Finished f = run("mnist_resnet", "--depth 8 --width 4 --epochs 1 --data " + data);
    CHECK(f.code == 2);
    CHECK(f.out.empty());
    CHECK(f.err == "mnist_resnet: " + text + "\n");
  };
  put_text(folder / "t.csv", "a,b,c,d\n" + std::string("1,2,3,x\n4,5,6,y\n7,8,9,x\n1,2,4,y\n"));
  refuses((folder / "t.csv") + " --target d --test-share 0.5",
      "--data t.csv: are numbers; a ResNet needs pictures (mnist_mlp takes points and tables)");
  refuses(kFixtures + "grey.npz --resize 4x3",
      "--data grey.npz: has pictures of 4 x 3; a ResNet halves them twice, and needs 5 x 5 or more "
      "(--resize 8x8)");
  refuses((folder / "t.csv") + " --target d --test-share 2",
      "--test-share 2: must be a number above 0 and below 1, and after a comma a seed");
  refuses(kFixtures + "grey.npz --resize 8y8",
      "--resize 8y8: must be height x width, 28x28, each from 2 to 1024");
}

TEST_CASE("own data: folders of pictures, of any size with --resize, by a ResNet") {
  const TemporaryFolder folder;
  for (const std::string kind : {"dark", "light"}) {
    for (int i = 0; i < 20; ++i) {
      const auto side = static_cast<uint32_t>(8 + i % 3);
      const std::string path = folder.path() + "/set/" + kind;
      std::filesystem::create_directories(path);
      const auto shade = static_cast<char>((kind == "dark" ? 10 : 220) + i);
      put_text(path + "/" + std::to_string(10 + i) + ".bmp",
          files::bmp(side, side, std::string(side * ((3 * side + 3) / 4 * 4), shade)));
    }
  }
  const std::string set = folder / "set", model = folder / "m.safetensors";
  const Finished unequal = run("mnist_mlp", "--data " + set);
  CHECK(unequal.code == 3);
  CHECK(unequal.err == "mnist_mlp: " + set + "/dark/11.bmp: is 9 x 9; " + set +
                           "/dark/10.bmp is 8 x 8 (--resize makes them alike)\n");
  const Finished f = run("mnist_resnet", "--data " + set +
                                             " --resize 9x8 --depth 8 --width 4 --epochs 8 "
                                             "--batch-size 8 --no-treatment --save " +
                                             model);
  CAPTURE(f.out);
  CAPTURE(f.err);
  REQUIRE(f.code == 0);
  CHECK(data_line(f.out) ==
        "data set, 32 + 8, 20 % held out to test (seed 1), grey pictures of 9 x 8, pixels / "
        "255, 2 classes: dark, light, from " +
            set);
  const Finished told =
      run("classify", "--model " + model + " --data " + set);  // as large as the model's
  CAPTURE(told.out);
  CHECK(told.code == 0);
  CHECK(told.out.find(set + "/light/29.bmp  light ") != told.out.npos);
  CHECK(told.out.find("40 of 40 right") != told.out.npos);
  const Finished one = run("classify", "--model " + model + " " + set + "/dark/13.bmp");
  CHECK(one.out.find("dark/13.bmp  dark ") != one.out.npos);
}

TEST_CASE("own data: a wrong file is one line, with the row and the column") {
  const TemporaryFolder folder;
  const std::string csv = folder / "t.csv";
  put_text(csv, "size,kind\n1,a\n2,b\nthree,a\n");
  const Finished f = run("mnist_mlp", "--data " + csv + " --target kind");
  CHECK(f.code == 3);
  CHECK(f.out.empty());
  CHECK(f.err == "mnist_mlp: " + csv + ": line 4, column 1 (size): 'three' is no number\n");
  const Finished none = run("mnist_mlp", "--data " + csv);
  CHECK(none.code == 2);
  CHECK(none.err == "mnist_mlp: " + csv +
                        ": which column has the classes? Say it with --target: size, kind, or a "
                        "number from 1 to 2\n");
}

TEST_CASE("own data: the cure that a run prints is a command on the same data") {
  const TemporaryFolder folder;
  const std::string csv = folder / "pets.csv";
  put_text(csv, table(400));
  const std::string data = "--data " + csv + " --target kind --test-share 0.3,4";
  const Finished f = run("mnist_mlp", data + " --depth 2 --width 16 --epochs 3 --lr 1e-7");
  CAPTURE(f.out);
  CAPTURE(f.err);
  CHECK(f.code == 0);
  CHECK(line_with(f.out, "  ./apps/mnist_mlp").find(data) != std::string::npos);
}

TEST_CASE("own data: a model file whose scaling is spoilt is refused") {
  const TemporaryFolder folder;
  const std::string csv = folder / "pets.csv", model = folder / "m.safetensors";
  put_text(csv, table(40));
  REQUIRE(run("mnist_mlp", "--data " + csv +
                               " --target kind --depth 1 --width 8 --epochs 1 --no-treatment "
                               "--save " +
                               model)
              .code == 0);
  const Safetensors whole = read_safetensors(model);
  CHECK(whole.metadata.at("lively.inputs") == "numbers");
  CHECK(whole.metadata.at("lively.columns") == "size\nshade\n");
  CHECK(load_model(model).task.form.scaling.scale.size() == 2);
  const auto refused = [&](const char* entry, const std::string& text, const std::string& wrong) {
    Safetensors spoilt = whole;
    spoilt.metadata[entry] = text;
    write_safetensors(model, spoilt);
    CHECK_THROWS_WITH_AS((void)load_model(model), (model + ": " + wrong).c_str(), DataError);
  };
  refused("lively.scale", "1\n0\n", "lively.scale: number 2 is not finite and above 0");
  refused("lively.mean", "1\nnan\n", "lively.mean: number 2 is not finite");
  refused("lively.mean", "1\n", "lively.mean: 1 numbers for samples of [1,1,2]");
  refused("lively.columns", "size\n", "lively.columns: 1 names for samples of [1,1,2]");
}

TEST_CASE("own data: a study tells files of one name apart by what they hold") {
  const TemporaryFolder folder;
  const auto name = [&](const std::string& text) {
    const std::string path = folder / "a.csv";
    put_text(path, text);
    DataFlags data;
    Arguments arguments("A study.", "study");
    data.add_to_study(arguments, "data");
    std::array<std::string, 5> words{"study", "--data", path, "--target", "kind"};
    std::array<char*, 5> argv;
    for (std::size_t i = 0; i < words.size(); ++i) argv[i] = words[i].data();
    REQUIRE_FALSE(arguments.read(5, argv.data()).has_value());
    return data.load(1000).name;
  };
  const std::string first = name(table(40)), again = name(table(40));
  CHECK(first.starts_with("a.csv (--target kind) #"));
  CHECK(first == again);
  std::string other = table(40);
  other.replace(other.find("cat"), 3, "dog");
  CHECK(name(other) != first);
}
