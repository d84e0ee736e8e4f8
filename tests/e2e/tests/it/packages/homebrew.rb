# frozen_string_literal: true

# What a formula of ours uses of Homebrew, and nothing else: homebrew.rb FORMULA SYSTEM PROCESSOR PREFIX
# Takes archives from file:// addresses, checks their hashes and installs them below PREFIX.

require "digest"
require "fileutils"
require "tmpdir"

FORMULA, SYSTEM, PROCESSOR, PREFIX = ARGV

# A folder files are installed to.
class Folder
  def initialize(path)
    @path = path
  end

  def install(what)
    FileUtils.mkdir_p(@path)
    case what
    when Hash then what.each { |from, to| FileUtils.cp(from, File.join(@path, to)) }
    else
      files = Array(what)
      raise "nothing to install to #{@path}" if files.empty?

      files.each { |file| FileUtils.cp(file, @path) }
    end
  end
end

# An archive by address and hash.
class Source
  attr_reader :name

  def initialize(name, &block)
    @name = name
    instance_eval(&block) if block
  end

  def url(value) = @url = value

  def sha256(value) = @sha256 = value

  def stage
    path = @url.delete_prefix("file://")
    raise "#{path} has another hash" unless Digest::SHA256.file(path).hexdigest == @sha256

    Dir.mktmpdir do |dir|
      Dir.chdir(dir) do
        system("tar", "-xzf", path) || raise("cannot unpack #{path}")
        yield
      end
    end
  end
end

class Formula
  class << self
    attr_reader :own, :resources, :number

    def inherited(formula)
      super
      formula.instance_exec do
        @own = Source.new("own")
        @resources = []
      end
    end

    def desc(text) = (raise "long" if text.length > 80)

    def homepage(_) = nil

    def license(_) = nil

    def version(value) = @number = value

    def url(value) = @own.url(value)

    def sha256(value) = @own.sha256(value)

    def resource(name, &block) = @resources << Source.new(name, &block)

    def test = nil

    { "macos" => 0, "linux" => 0 }.each_key { |name| define_method("on_#{name}") { |&block| block.call if SYSTEM == name } }
    %w[arm intel].each { |name| define_method("on_#{name}") { |&block| block.call if PROCESSOR == name } }
  end

  def resources = self.class.resources

  { bin: "bin", man1: "share/man/man1", bash_completion: "etc/bash_completion.d",
    fish_completion: "share/fish/vendor_completions.d", zsh_completion: "share/zsh/site-functions",
    doc: "share/doc/launchway" }.each do |name, path|
    define_method(name) { Folder.new(File.join(PREFIX, path)) }
  end
end

load FORMULA
formula = Launchway.new
Launchway.own.stage { formula.install }
puts Launchway.number
