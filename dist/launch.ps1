# Finds one program of Launchway, checks it, and runs it: launch.ps1 <program> [arguments]
# launch.ps1 setup puts several on PATH, those that LAUNCHWAY_PROGRAMS names. docs/launcher.md tells all.
#
# The twin of launch.sh for Windows, where bash need not be installed: Windows PowerShell 5.1 or newer.
# It uses no cmdlet of a module: a runner that was started by another PowerShell hands on a PSModulePath
# with which they cannot be loaded.

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$Utf8 = [Text.UTF8Encoding]::new($false)
$Secrets = 'LAUNCHWAY_INPUTS', 'GITHUB_TOKEN', 'GH_TOKEN', 'NODE_AUTH_TOKEN', 'NPM_TOKEN', 'CARGO_REGISTRY_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_RUNTIME_TOKEN'

# A line in UTF-8, whatever code page the console has.
function Write-Line([string]$Text, [bool]$IsError) {
    $bytes = $Utf8.GetBytes($Text + "`n")
    $stream = if ($IsError) { [Console]::OpenStandardError() } else { [Console]::OpenStandardOutput() }
    $stream.Write($bytes, 0, $bytes.Length)
    $stream.Flush()
}

# What is wrong and what to do, as one line, whatever is in it.
function Fail([string]$Text, [string]$Hint, [int]$Code = 2) {
    if ($env:GITHUB_ACTIONS -eq 'true') {
        $line = "$Text; $Hint".Replace("`r", ' ').Replace("`n", ' ').Replace('%', '%25')
        Write-Line "::error title=Launchway::$line" $false
    } else {
        Write-Line "error: $Text" $true
        Write-Line "hint: $Hint" $true
    }
    exit $Code
}

# What an exception says at its root.
function Get-Reason([Exception]$Problem) {
    $Problem.GetBaseException().Message.Trim()
}

function Get-Sum([string]$Path) {
    $stream = [IO.File]::OpenRead($Path)
    try {
        $algorithm = [Security.Cryptography.SHA256]::Create()
        [BitConverter]::ToString($algorithm.ComputeHash($stream)).Replace('-', '').ToLowerInvariant()
    } finally {
        $stream.Dispose()
    }
}

# The hash SHA256SUMS has for a name, empty where it has none.
function Get-Wanted([string]$Name) {
    foreach ($line in [IO.File]::ReadAllLines($Sums)) {
        if ($line.EndsWith("  $Name", [StringComparison]::Ordinal)) {
            $hash = $line.Substring(0, $line.Length - $Name.Length - 2)
            if ($hash -cmatch '^[0-9a-f]{64}$') { return $hash }
            Fail "dist/SHA256SUMS is damaged at $Name" 'use the action at a released version; if you do, please report it'
        }
    }
    return ''
}

function Get-Target {
    $kind = $env:PROCESSOR_ARCHITEW6432
    if (-not $kind) { $kind = $env:PROCESSOR_ARCHITECTURE }
    switch ($kind) {
        'AMD64' { return 'x86_64-pc-windows-msvc' }
        'ARM64' { return 'aarch64-pc-windows-msvc' }
        default { return '' }
    }
}

# The folders that programs are kept in.
function Get-Cache {
    foreach ($folder in $env:RUNNER_TOOL_CACHE, $env:RUNNER_TEMP, $env:LOCALAPPDATA) {
        if ($folder -and [IO.Path]::IsPathRooted($folder)) { [IO.Path]::Combine($folder, 'launchway') }
    }
}

# An argument as a Windows program takes it apart.
function ConvertTo-Argument([string]$Text) {
    if ($Text -ne '' -and $Text -notmatch '[\s"]') { return $Text }
    return '"' + (($Text -replace '(\\*)"', '$1$1\"') -replace '(\\+)\z', '$1$1') + '"'
}

# Runs a program on our own handles, so that its bytes stay as they are; gives its exit code.
function Invoke-Program([string]$Path, [string[]]$Words, [string]$Folder = '', [string[]]$Without = @()) {
    $start = [Diagnostics.ProcessStartInfo]::new($Path)
    $start.UseShellExecute = $false
    $quoted = foreach ($word in $Words) { ConvertTo-Argument $word }
    $start.Arguments = [string]::Join(' ', [string[]]@($quoted))
    if ($Folder) { $start.WorkingDirectory = $Folder }
    foreach ($name in $Without) { $start.EnvironmentVariables.Remove($name) }
    $process = [Diagnostics.Process]::Start($start)
    $process.WaitForExit()
    return $process.ExitCode
}

# The proxy of an address, or nothing, and then what the system says counts.
function Get-Proxy([Uri]$Address) {
    $proxy = $env:HTTPS_PROXY
    if (-not $proxy -or $Address.IsLoopback) { return }
    foreach ($name in "$env:NO_PROXY".Split(',')) {
        $name = $name.Trim()
        if ($name -eq '*') { return [Net.WebProxy]::new() }
        $name = $name.TrimStart('*').TrimStart('.')
        if ($name -and ($Address.Host -eq $name -or $Address.Host.EndsWith(".$name", [StringComparison]::OrdinalIgnoreCase))) { return [Net.WebProxy]::new() }
    }
    if ($proxy -notmatch '://') { $proxy = "http://$proxy" }
    $at = [Uri]$proxy
    $found = [Net.WebProxy]::new($at.Scheme + '://' + $at.Authority)
    if ($at.UserInfo) {
        $user, $word = $at.UserInfo -split ':', 2
        $found.Credentials = [Net.NetworkCredential]::new([Uri]::UnescapeDataString($user), [Uri]::UnescapeDataString("$word"))
    }
    return $found
}

# Waits for a task until the end of a try.
function Wait-Task([Threading.Tasks.Task]$Task, [Net.WebRequest]$Request, [int]$Most) {
    if (-not $Task.Wait($Most)) {
        $Request.Abort()
        throw [TimeoutException]::new("no answer within $([Math]::Round($Most / 1000)) seconds")
    }
    return $Task.Result
}

# One try to fetch an address; every redirect is looked at.
function Save-Answer([string]$Address, [string]$Path, [int]$Seconds, [int]$Stall) {
    $end = [DateTime]::UtcNow.AddSeconds($Seconds)
    $uri = [Uri]$Address
    for ($hop = 0; $hop -lt 6; $hop++) {
        $request = [Net.HttpWebRequest][Net.WebRequest]::Create($uri)
        $request.AllowAutoRedirect = $false
        $request.UserAgent = 'launchway-launcher'
        $proxy = Get-Proxy $uri
        if ($proxy) { $request.Proxy = $proxy }
        if ($uri.IsLoopback) { $request.Proxy = [Net.WebProxy]::new() }
        $answer = Wait-Task -Task $request.GetResponseAsync() -Request $request -Most ($Stall * 1000)
        try {
            $status = [int]$answer.StatusCode
            if ($status -ge 300 -and $status -lt 400) {
                $uri = [Uri]::new($uri, $answer.Headers['Location'])
                if ($uri.Scheme -ne 'https') { throw [NotSupportedException]::new('a redirect leads to ' + $uri.Scheme) }
                continue
            }
            $from = $answer.GetResponseStream()
            $to = [IO.File]::Create($Path)
            try {
                $buffer = [byte[]]::new(65536)
                $size = [long]0
                while ($true) {
                    $left = [int][Math]::Min(($end - [DateTime]::UtcNow).TotalMilliseconds, $Stall * 1000)
                    if ($left -le 0) { throw [TimeoutException]::new("no end within $Seconds seconds") }
                    $count = Wait-Task -Task $from.ReadAsync($buffer, 0, $buffer.Length) -Request $request -Most $left
                    if ($count -eq 0) { break }
                    $size += $count
                    if ($size -gt 268435456) { throw [NotSupportedException]::new('it is longer than 256 MiB') }
                    $to.Write($buffer, 0, $count)
                }
                if ($answer.ContentLength -ge 0 -and $answer.ContentLength -ne $size) { throw [IO.EndOfStreamException]::new('it was cut') }
            } finally {
                $to.Dispose()
            }
            return
        } finally {
            $answer.Dispose()
        }
    }
    throw [NotSupportedException]::new('there are more than 5 redirects')
}

# The status of an answer that is an error, else 0.
function Get-Code([Exception]$Problem) {
    for ($one = $Problem; $one; $one = $one.InnerException) {
        if ($one -is [Net.WebException] -and $one.Response -is [Net.HttpWebResponse]) { return [int]$one.Response.StatusCode }
    }
    return 0
}

# Whether one more try may help.
function Test-Passing([Exception]$Problem) {
    if ($Problem.GetBaseException() -is [NotSupportedException]) { return $false }
    $status = Get-Code $Problem
    return $status -lt 400 -or $status -ge 500 -or $status -in 408, 425, 429
}

# Fetches an archive; gives why it cannot be had, and nothing if all is well.
function Save-Archive([string]$Base, [string]$Name, [string]$Path) {
    if ($Base -match '^file:///') {
        $folder = $Base.Substring(7)
        if ($folder -match '^/[A-Za-z]:') { $folder = $folder.Substring(1) }
        try { [IO.File]::Copy("$folder/$Name", $Path) } catch { return Get-Reason $_.Exception }
        return
    }
    $uri = $null
    $is_address = $Base -notmatch '[\s\\?#"]' -and [Uri]::TryCreate($Base, [UriKind]::Absolute, [ref]$uri)
    if ($is_address -and $uri.UserInfo) { Fail 'LAUNCHWAY_MIRROR holds a login' 'use a mirror that can be read without one: what it brings is checked by its hash' }
    if (-not ($is_address -and ($uri.Scheme -eq 'https' -or ($uri.Scheme -eq 'http' -and $uri.IsLoopback)))) {
        Fail 'LAUNCHWAY_MIRROR is no address of https or file:///' 'write https://... or file:///FOLDER; http is taken only for 127.0.0.1, localhost and [::1]'
    }
    $total = if ($env:LAUNCHWAY_TIMEOUT) { $env:LAUNCHWAY_TIMEOUT } else { '120' }
    if ($total -notmatch '^[1-9][0-9]{0,4}$') { Fail 'LAUNCHWAY_TIMEOUT is no number of seconds' 'write a plain number, such as 120' }
    $total = [int]$total
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    $end = [DateTime]::UtcNow.AddSeconds($total)
    Write-Line "fetching $Name" $true
    for ($pause = 1; ; $pause *= 2) {
        $left = [int][Math]::Ceiling([Math]::Min(($end - [DateTime]::UtcNow).TotalSeconds, ($total + 1) / 2))
        try {
            Save-Answer -Address "$Base/$Name" -Path $Path -Seconds $left -Stall ([Math]::Max(1, [int]($total / 6)))
            return
        } catch {
            $status = Get-Code $_.Exception
            $why = if ($status) { "it answered $status" } else { Get-Reason $_.Exception }
            if (-not (Test-Passing $_.Exception) -or $pause -gt 8 -or ($end - [DateTime]::UtcNow).TotalSeconds -le $pause) { return $why }
            Write-Line "trying again in $pause s: $why" $true
            [Threading.Thread]::Sleep($pause * 1000)
        }
    }
}

# The one program of an archive, as a file; no path in the archive leads anywhere.
function Expand-Program([string]$Archive, [string]$Name, [string]$Path) {
    # In a part of .NET that is not loaded in Windows PowerShell.
    [void][Reflection.Assembly]::Load('System.IO.Compression, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089')
    $stream = [IO.File]::OpenRead($Archive)
    try {
        $zip = [IO.Compression.ZipArchive]::new($stream)
        $entry = $zip.GetEntry($Name)
        if (-not $entry -or $entry.Length -gt 67108864) { throw [IO.InvalidDataException]::new("it holds no $Name of less than 64 MiB") }
        $from = $entry.Open()
        $to = [IO.File]::Create($Path)
        try { $from.CopyTo($to) } finally { $to.Dispose() }
    } finally {
        $stream.Dispose()
    }
}

# A folder in one of the caches that can be written, or the folder for temporary files.
function Get-Work([string]$Below) {
    foreach ($cache in @(Get-Cache) + [IO.Path]::Combine([IO.Path]::GetTempPath(), 'launchway')) {
        $folder = [IO.Path]::Combine($cache, $Below, '.new-' + [Guid]::NewGuid().ToString('N'))
        try {
            [void][IO.Directory]::CreateDirectory($folder)
            return $folder
        } catch {
            $why = Get-Reason $_.Exception
        }
    }
    Fail "there is no folder to keep a program in: $why" 'let RUNNER_TOOL_CACHE, RUNNER_TEMP or TEMP name a folder that can be written'
}

# The program from the caches, or nothing. One with another hash is not replaced in silence: somebody
# writes where the runner keeps its tools, and whoever owns it must hear of that.
function Find-Kept([string]$Program, [string]$Version, [string]$Target, [string]$Hash) {
    foreach ($cache in Get-Cache) {
        $found = [IO.Path]::Combine($cache, $Version, $Target, "launchway-$Program.exe")
        if (-not [IO.File]::Exists($found)) { continue }
        if ((Get-Sum $found) -eq $Hash) { return $found }
        $gone = 'it is deleted'
        try { [IO.File]::Delete($found) } catch { $gone = "it cannot be deleted ($(Get-Reason $_.Exception))" }
        Fail "the kept $found is not the launchway-$Program $Version of dist/SHA256SUMS; $gone" 'find out who writes to the tool cache of this runner; run again to fetch the program anew'
    }
}

# Fetches the program and keeps it; gives its path, or nothing where it is to be built instead.
function Save-Program([string]$Program, [string]$Version, [string]$Target, [string]$Hash) {
    $name = "launchway-$Program-$Version-$Target.zip"
    $sum = Get-Wanted $name
    if (-not $sum) { Fail "dist/SHA256SUMS names $Target/launchway-$Program.exe and not $name" 'this is a bug in the release; please report it' }
    $base = if ($env:LAUNCHWAY_MIRROR) { $env:LAUNCHWAY_MIRROR } else { "https://github.com/launchway/launchway/releases/download/v$Version" }
    $base = $base.TrimEnd('/')
    $work = Get-Work ([IO.Path]::Combine($Version, $Target))
    try {
        $archive = [IO.Path]::Combine($work, $name)
        $why = Save-Archive -Base $base -Name $name -Path $archive
        if ($why) {
            if ($env:LAUNCHWAY_FALLBACK -ceq 'source') { return }
            Fail "launchway-$Program $Version could not be fetched from ${base}: $why" 'look at network and proxy (HTTPS_PROXY) of this runner; LAUNCHWAY_MIRROR, LAUNCHWAY_PATH and LAUNCHWAY_FALLBACK=source are ways without it' -Code 3
        }
        if ((Get-Sum $archive) -ne $sum) { Fail "$name from $base is not what dist/SHA256SUMS says; it is deleted and nothing of it ran" 'run again if a proxy may have cut it; if that does not help, somebody replaced it: please report it' }
        $fresh = [IO.Path]::Combine($work, 'program.exe')
        try { Expand-Program -Archive $archive -Name "launchway-$Program.exe" -Path $fresh } catch { Fail "$name cannot be unpacked: $(Get-Reason $_.Exception)" 'look at the free space of the tool cache; if there is enough, please report it' }
        if ((Get-Sum $fresh) -ne $Hash) { Fail "the launchway-$Program in $name is not what dist/SHA256SUMS says; it is deleted and did not run" 'please report it' }
        $found = [IO.Path]::Combine([IO.Path]::GetDirectoryName($work), "launchway-$Program.exe")
        # Two at once: each moves a whole and checked file, and the second finds what it wanted. A scanner for
        # viruses holds a new program for a moment, in which it cannot be moved.
        for ($turn = 1; ; $turn++) {
            try {
                [IO.File]::Move($fresh, $found)
                break
            } catch {
                $why = Get-Reason $_.Exception
                # The one of another job is new, too, and may be held just as well.
                $is_there = $false
                try { $is_there = [IO.File]::Exists($found) -and (Get-Sum $found) -eq $Hash } catch { $why = Get-Reason $_.Exception }
                if ($is_there) { break }
                if ($turn -ge 20) { Fail "$found cannot be written: $why" 'look at the free space and the rights of the tool cache' }
                [Threading.Thread]::Sleep(250)
            }
        }
        return $found
    } finally {
        # exit runs this too. What cannot be deleted yet is in nobody's way, and no reason to fail.
        try { [IO.Directory]::Delete($work, $true) } catch { Write-Line "$work stays: $(Get-Reason $_.Exception)" $true }
    }
}

# Where cargo is. By its bare name Windows would take one that lies in the user's repository.
function Find-Cargo([string]$Program) {
    foreach ($folder in "$env:PATH".Split(';')) {
        $folder = $folder.Trim().Trim('"')
        if (-not $folder -or $folder.IndexOfAny([IO.Path]::GetInvalidPathChars()) -ge 0 -or -not [IO.Path]::IsPathRooted($folder)) { continue }
        $file = [IO.Path]::Combine($folder, 'cargo.exe')
        if ([IO.File]::Exists($file)) { return $file }
    }
    Fail "launchway-$Program is built from source and there is no cargo on this runner" 'install Rust 1.95 or newer in an earlier step (rustup toolchain install stable), or set LAUNCHWAY_PATH to a built program'
}

# Builds the program from the tree above this script, once per source.
function Invoke-Build([string]$Program) {
    $root = [IO.Path]::GetDirectoryName($Dist)
    if (-not [IO.File]::Exists("$root\Cargo.lock") -or -not [IO.Directory]::Exists("$root\crates\$Program")) {
        Fail "the source of launchway-$Program is not next to this action" 'use the action from its own repository, or set LAUNCHWAY_PATH to a built program'
    }
    $files = [string[]]@("$root\Cargo.toml", "$root\Cargo.lock") + [IO.Directory]::GetFiles("$root\crates", '*', 'AllDirectories')
    [Array]::Sort($files, [StringComparer]::Ordinal)
    $all = foreach ($file in $files) { $file.Substring($root.Length) + (Get-Sum $file) }
    $digest = [Security.Cryptography.SHA256]::Create().ComputeHash($Utf8.GetBytes([string]::Join("`n", [string[]]$all)))
    $key = [BitConverter]::ToString($digest, 0, 8).Replace('-', '').ToLowerInvariant()
    foreach ($cache in Get-Cache) {
        $found = [IO.Path]::Combine($cache, $key, 'release', "launchway-$Program.exe")
        if ([IO.File]::Exists($found)) { return $found }
    }
    $cargo = Find-Cargo $Program
    $work = Get-Work $key
    $folder = [IO.Path]::GetDirectoryName($work)
    [IO.Directory]::Delete($work)
    Write-Line "building launchway-$Program from source, once for this version" $true
    $words = 'build', '--quiet', '--locked', '--release', '--package', "launchway-$Program", '--target-dir', $folder
    $code = Invoke-Program -Path $cargo -Words $words -Folder $root -Without ($Secrets + 'CARGO_BUILD_TARGET')
    $found = [IO.Path]::Combine($folder, 'release', "launchway-$Program.exe")
    if ($code -ne 0 -or -not [IO.File]::Exists($found)) {
        Fail "launchway-$Program could not be built" 'the compiler says why above; Rust 1.95 or newer and access to the Rust package registry are needed'
    }
    return $found
}

function Get-Version {
    $file = "$Dist\VERSION"
    $version = if ([IO.File]::Exists($file)) { [IO.File]::ReadAllText($file).Trim() } else { '' }
    if ($version -cnotmatch '^[0-9][0-9A-Za-z.+-]*$') { Fail 'dist/VERSION is missing or holds no version' 'the action was not unpacked whole; clear the folder _actions of this runner' }
    return $version
}

# The path of the program, and its hash, empty where it was built or given.
function Find-Program([string]$Program) {
    if ($Program -cnotmatch '^[a-z]+$') { Fail 'launch.ps1 was started without the name of a program' 'this is a bug in the action file, or in what LAUNCHWAY_PROGRAMS names; names are such as health' }
    if ($env:LAUNCHWAY_PATH) {
        $found = $env:LAUNCHWAY_PATH
        if ([IO.Directory]::Exists($found)) { $found = [IO.Path]::Combine($found, "launchway-$Program.exe") }
        if (-not [IO.File]::Exists($found)) { Fail "LAUNCHWAY_PATH names no program launchway-$Program" 'let it name a program or a folder of programs, or unset it' }
        return $found, ''
    }
    if ($env:LAUNCHWAY_FALLBACK -and $env:LAUNCHWAY_FALLBACK -cne 'source') { Fail 'LAUNCHWAY_FALLBACK is neither empty nor source' 'write source, or nothing' }
    $version = Get-Version
    if (-not [IO.File]::Exists($Sums)) { Fail 'dist/SHA256SUMS is missing' 'the action was not unpacked whole; clear the folder _actions of this runner' }
    if ([IO.FileInfo]::new($Sums).Length -eq 0) { return (Invoke-Build $Program), '' }
    $target = Get-Target
    $hash = if ($target) { Get-Wanted "$target/launchway-$Program.exe" } else { '' }
    if ($hash) {
        $found = Find-Kept -Program $Program -Version $version -Target $target -Hash $hash
        if (-not $found) { $found = Save-Program -Program $Program -Version $version -Target $target -Hash $hash }
        if ($found) { return $found, $hash }
    } elseif ($env:LAUNCHWAY_FALLBACK -cne 'source') {
        Fail "there is no launchway-$Program $version for this machine ($env:PROCESSOR_ARCHITECTURE)" 'there are programs for Windows on x86_64 and arm64; set LAUNCHWAY_FALLBACK=source to build one with cargo, or LAUNCHWAY_PATH to a built program'
    }
    return (Invoke-Build $Program), ''
}

# Puts the programs that LAUNCHWAY_PROGRAMS names into a folder of this job, and that on PATH.
function Invoke-Setup {
    $names = [string[]]@("$env:LAUNCHWAY_PROGRAMS".Split([char[]]" ,`r`n`t", [StringSplitOptions]::RemoveEmptyEntries))
    if ($names.Length -eq 0) { Fail 'LAUNCHWAY_PROGRAMS names no program' 'name some, such as health, one per line' }
    $base = if ($env:RUNNER_TEMP) { $env:RUNNER_TEMP } else { [IO.Path]::GetTempPath() }
    $bin = [IO.Path]::Combine($base, 'launchway-' + [Guid]::NewGuid().ToString('N'))
    [void][IO.Directory]::CreateDirectory($bin)
    foreach ($name in $names) {
        $name = $name -creplace '^launchway-', ''
        $found, $hash = Find-Program $name
        $copy = [IO.Path]::Combine($bin, "launchway-$name.exe")
        try { [IO.File]::Copy($found, $copy, $true) } catch { Fail "launchway-$name could not be copied to ${bin}: $(Get-Reason $_.Exception)" 'look at the free space of the disk' }
        # The copy is what later steps run.
        if ($hash -and (Get-Sum $copy) -ne $hash) { Fail "the copy of launchway-$name in $bin is not what dist/SHA256SUMS says" 'look at the free space of the disk; run again' }
    }
    $version = if ($env:LAUNCHWAY_PATH) { '' } else { Get-Version }
    if ($env:GITHUB_PATH) { [IO.File]::AppendAllText($env:GITHUB_PATH, "$bin`n", $Utf8) }
    if ($env:GITHUB_OUTPUT) { [IO.File]::AppendAllText($env:GITHUB_OUTPUT, "path=$bin`nversion=$version`n", $Utf8) }
    Write-Line $bin $false
}

$Dist = $PSScriptRoot
$Sums = "$Dist\SHA256SUMS"
$Words = [string[]]@($args)
$Program = if ($Words.Length -gt 0) { $Words[0] } else { '' }
if ($Program -ceq 'setup') {
    Invoke-Setup
    exit 0
}
$Path = @(Find-Program $Program)[0]
$Rest = if ($Words.Length -gt 1) { $Words[1..($Words.Length - 1)] } else { @() }
exit (Invoke-Program -Path $Path -Words $Rest)
